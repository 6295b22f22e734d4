import type { Segment } from '../segments.ts'
import type { SessionStatus } from '../status.ts'

/** A status of a running session. */
export function statusOf(changes: Partial<SessionStatus> = {}): SessionStatus {
  return {
    session_id: 's1',
    version: 1_000_001,
    attempt: 1,
    state: 'processing',
    stage: 'transcribing',
    progress: 0.42,
    message: 'Transcribing: 4:12 of 10:00',
    position_s: 252,
    duration_s: 600,
    speed: 7.3,
    eta_s: 48,
    eta_range_s: [41, 58],
    queue_position: null,
    segments: 0,
    revision: 0,
    retry_in_s: null,
    error: null,
    updated_at: '2026-11-23T16:20:08.123Z',
    trace_id: null,
    ...changes,
  }
}

/** A final status. */
export function completed(changes: Partial<SessionStatus> = {}): SessionStatus {
  return statusOf({ version: 1_000_099, state: 'completed', stage: 'completed', progress: 1, ...changes })
}

/** A segment. */
export function segment(index: number): Segment {
  return { index, start_s: index * 5, end_s: index * 5 + 5, text: `words ${index}` }
}

/** The data of a `segments` event. */
export function segmentsEvent(...indices: readonly number[]) {
  return { from: indices[0], segments: indices.map((index) => segment(index)) }
}
