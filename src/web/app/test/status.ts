import type { SessionStatus } from '@playhead/session-status'

/** A status in the middle of its way. */
export function statusOf(changes: Partial<SessionStatus> = {}): SessionStatus {
  return {
    session_id: 's1',
    version: 1,
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
    retry_in_s: null,
    error: null,
    updated_at: '2026-11-23T16:20:08.123Z',
    ...changes,
  }
}
