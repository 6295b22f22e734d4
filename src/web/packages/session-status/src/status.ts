import { type JobError, parseError } from '@playhead/live'
import { type Check, array, integer, nullableNumber, number, oneOf, optional, orNull, shape, text, tuple } from '@playhead/live/check'

/** The state of a session. The last three are final. */
export type SessionState = 'uploading' | 'queued' | 'processing' | 'completed' | 'failed' | 'canceled'

/** What is being done. Open-ended: a newer server may send other stages. */
export type Stage =
  | 'uploading'
  | 'queued'
  | 'decoding'
  | 'loading_model'
  | 'transcribing'
  | 'retrying'
  | 'finalizing'
  | 'completed'
  | 'failed'
  | 'canceled'
  | (string & {})

/** Why a session failed; `debug_id` finds the log lines. */
export type StatusError = JobError

/** Something about a text that a person should know; `message` is a sentence. */
export interface StatusWarning {
  readonly code: string
  readonly message: string
  /** Of `language_uncertain`: the one that it probably is. */
  readonly language?: string | null
}

/** The status document of a session, from streams and polls. */
export interface SessionStatus {
  readonly session_id: string
  /** Grows with every change: the higher version wins, from whatever transport. */
  readonly version: number
  /** The number of the attempt; 0 until a worker claims the session. */
  readonly attempt: number
  readonly state: SessionState
  readonly stage: Stage
  /** Share of the audio that is done, from 0 to 1. Never falls within an attempt; 1 only when completed. */
  readonly progress: number | null
  /** One sentence for people, made from the numbers. */
  readonly message: string
  /** The position in the audio up to which it is transcribed, in seconds. */
  readonly position_s: number | null
  /** The length of the audio, in seconds. */
  readonly duration_s: number | null
  /** Seconds of audio per second of time. */
  readonly speed: number | null
  /** Estimated seconds until it is done, and their range. */
  readonly eta_s: number | null
  readonly eta_range_s: readonly [number, number] | null
  /** The position in the queue while it waits; 1 is next. */
  readonly queue_position: number | null
  /** The number of segments that can be read now, of `revision`. */
  readonly segments: number
  /** Of the text that is served; it grows when a session was transcribed again. 0 if it is absent. */
  readonly revision?: number
  /** That is written while `revision` is served, also after it failed or was canceled. */
  readonly next_revision?: number | undefined
  /** About the text of `revision`. */
  readonly warnings?: readonly StatusWarning[] | undefined
  /** Seconds until the next attempt begins. */
  readonly retry_in_s: number | null
  readonly error: StatusError | null
  /** RFC 3339, on the server's clock. */
  readonly updated_at: string
  /** Of the trace in which the session is recorded, where the server does that. */
  readonly trace_id?: string | null
}

/** Checks a status document; drops unknown fields. @throws if it is not one. */
export const parseStatus: Check<SessionStatus> = shape({
  session_id: text,
  version: integer,
  attempt: integer,
  state: oneOf('uploading', 'queued', 'processing', 'completed', 'failed', 'canceled'),
  stage: text as Check<Stage>,
  progress: nullableNumber,
  message: text,
  position_s: nullableNumber,
  duration_s: nullableNumber,
  speed: nullableNumber,
  eta_s: nullableNumber,
  eta_range_s: orNull(tuple(number, number)),
  queue_position: nullableNumber,
  segments: integer,
  revision: optional(integer, 0),
  next_revision: optional<number | undefined>(integer, undefined),
  warnings: optional<readonly StatusWarning[] | undefined>(array(shape<StatusWarning>({ code: text, message: text, language: orNull(text) })), undefined),
  retry_in_s: nullableNumber,
  error: orNull(parseError),
  updated_at: text,
  trace_id: orNull(text),
})

const parseAll = shape({ statuses: array(parseStatus) })

/** Checks the statuses of all of a person's sessions. @throws if they are none. */
export function parseStatuses(payload: unknown): readonly SessionStatus[] {
  return parseAll(payload).statuses
}
