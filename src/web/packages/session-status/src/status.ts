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
export interface StatusError {
  /** A code from a fixed list, for programs. */
  readonly code: string
  /** A sentence for people. */
  readonly message: string
  /** Whether a retry may help. */
  readonly retryable: boolean
  readonly debug_id: string
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
  /** The number of segments that can be read now. */
  readonly segments: number
  /** Seconds until the next attempt begins. */
  readonly retry_in_s: number | null
  readonly error: StatusError | null
  /** RFC 3339, on the server's clock. */
  readonly updated_at: string
}

/** A segment of the transcript, with its times in the audio in seconds. */
export interface Segment {
  readonly index: number
  readonly start_s: number
  readonly end_s: number
  readonly text: string
}

/** Whether the session is completed, failed or canceled; only a retry changes it then. */
export function isFinal(status: Pick<SessionStatus, 'state'>): boolean {
  return status.state === 'completed' || status.state === 'failed' || status.state === 'canceled'
}

/** Returns the newer of two statuses; the present one if the versions are equal. */
export function newest(current: SessionStatus | undefined, incoming: SessionStatus): SessionStatus {
  return current !== undefined && current.version >= incoming.version ? current : incoming
}

/**
 * Adds segments to a transcript, each index once, in order.
 *
 * Drops a segment that would leave a hole; `status.segments` then shows that some are missing, and they are read again.
 */
export function appendSegments(present: readonly Segment[], incoming: readonly Segment[]): readonly Segment[] {
  const merged = [...present]
  for (const segment of incoming) {
    if (segment.index === merged.length) merged.push(segment)
  }
  return merged.length === present.length ? present : merged
}
