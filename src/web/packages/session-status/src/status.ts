/** Where a session is in its life. The last three are final. */
export type SessionState = 'uploading' | 'queued' | 'processing' | 'completed' | 'failed' | 'canceled'

/** What is being done right now. Open-ended: a newer server may name stages this version does not know. */
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

/** Why a session failed, in words for people; `debug_id` finds the log lines. */
export interface StatusError {
  /** From a fixed list, for programs. */
  readonly code: string
  /** For people. */
  readonly message: string
  /** Whether trying again may help. */
  readonly retryable: boolean
  readonly debug_id: string
}

/** The one document that is streamed, polled and shown. */
export interface SessionStatus {
  readonly session_id: string
  /** Grows with every change and never falls: the higher version wins, however it came. */
  readonly version: number
  /** Which try this is; 0 until a worker takes the session. */
  readonly attempt: number
  readonly state: SessionState
  readonly stage: Stage
  /** Share of the audio's own time that is done, from 0 to 1. Never falls within an attempt; 1 only when completed. */
  readonly progress: number | null
  /** One sentence for people, made from the numbers. */
  readonly message: string
  /** How far into the audio the words have come, in seconds. */
  readonly position_s: number | null
  /** How long the audio is, in seconds. */
  readonly duration_s: number | null
  /** Seconds of audio per second of the clock. */
  readonly speed: number | null
  /** Seconds until it is done, and a range that it should fall into. */
  readonly eta_s: number | null
  readonly eta_range_s: readonly [number, number] | null
  /** Its place in the queue while it waits; 1 is next. */
  readonly queue_position: number | null
  /** How many segments can be read from the transcript now. */
  readonly segments: number
  /** Seconds until it is tried again by itself. */
  readonly retry_in_s: number | null
  readonly error: StatusError | null
  /** RFC 3339, by the server's clock. */
  readonly updated_at: string
}

/** One piece of transcript with its place in the audio. */
export interface Segment {
  readonly index: number
  readonly start_s: number
  readonly end_s: number
  readonly text: string
}

/** Whether nothing more will happen to the session unless someone asks for it. */
export function isFinal(status: Pick<SessionStatus, 'state'>): boolean {
  return status.state === 'completed' || status.state === 'failed' || status.state === 'canceled'
}

/** The newer of two statuses; the one already known wins a tie. */
export function newest(current: SessionStatus | undefined, incoming: SessionStatus): SessionStatus {
  return current !== undefined && current.version >= incoming.version ? current : incoming
}

/**
 * Adds segments to a transcript: each index once, in order.
 *
 * A segment that would leave a hole is left out; whoever follows the session sees from `status.segments`
 * that something is missing and reads it again.
 */
export function appendSegments(known: readonly Segment[], incoming: readonly Segment[]): readonly Segment[] {
  const merged = [...known]
  for (const segment of incoming) {
    if (segment.index === merged.length) merged.push(segment)
  }
  return merged.length === known.length ? known : merged
}
