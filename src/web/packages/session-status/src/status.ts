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
  readonly code: string
  readonly message: string
  readonly retryable: boolean
  readonly debug_id: string
}

/** The one document that is streamed, polled and shown. */
export interface SessionStatus {
  readonly session_id: string
  /** Grows with every change and never falls: the higher version wins, whichever way it came. */
  readonly version: number
  readonly attempt: number
  readonly state: SessionState
  readonly stage: Stage
  readonly progress: number | null
  readonly message: string
  readonly position_s: number | null
  readonly duration_s: number | null
  readonly speed: number | null
  readonly eta_s: number | null
  readonly eta_range_s: readonly [number, number] | null
  readonly queue_position: number | null
  /** How many segments can be read from the transcript now. */
  readonly segments: number
  readonly retry_in_s: number | null
  readonly error: StatusError | null
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
