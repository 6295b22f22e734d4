import type { SessionStatus } from './status.ts'

/** How far the audio is carried on by itself: one window of Whisper. An engine that lives has reported by then. */
const CARRY_S = 30

/** All there is to see before a status says `completed`. */
const MOST = 0.99

/**
 * The progress of a session `ageMs` after its status came: carried forward from the position by the speed, so that a
 * bar moves between two statuses. From 0 to 0.99; 1 only with `completed`; null while it cannot be known.
 */
export function progressAt(status: SessionStatus, ageMs: number): number | null {
  const { state, stage, progress, position_s, duration_s, speed } = status
  if (state === 'completed' || progress === null) return progress
  if (state !== 'processing' || stage !== 'transcribing' || position_s === null || !duration_s || speed === null) {
    return progress
  }
  const carried = (position_s + Math.min(CARRY_S, (speed * Math.max(0, ageMs)) / 1_000)) / duration_s
  return Math.max(progress, Math.min(MOST, carried))
}
