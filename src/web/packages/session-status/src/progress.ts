import { isFinal } from '@playhead/live'
import type { SessionStatus } from './status.ts'

/** Most seconds of audio that a position moves without a new status: one window, after which an engine reports. */
const CARRY_S = 30

/** The highest progress that is shown before a status is `completed`. */
const MOST = 0.99

/**
 * Extrapolates a status by its age, so that progress, position and times left move between two statuses and agree.
 *
 * In the stage `transcribing` all follow from one progress: the position moves with the speed, for at most 30 s of audio,
 * and the time left shrinks with the remaining share. In every other stage only the times left count down.
 *
 * @param ageMs - how long ago the status came, in ms.
 * @param least - the lowest progress to return, from 0 to 1: the one already shown of this attempt.
 * @returns the status with `progress` (at most 0.99 before `completed`), `position_s`, `eta_s`, `eta_range_s` and
 * `retry_in_s` as of now. A final status is returned as it is.
 */
export function statusAt(status: SessionStatus, ageMs: number, least = 0): SessionStatus {
  if (isFinal(status)) return status
  const { stage, progress, position_s, duration_s, speed } = status
  const age_s = Math.max(0, ageMs) / 1_000
  if (stage !== 'transcribing' || progress === null || position_s === null || !duration_s || speed === null) {
    return withTimes(status, (s) => Math.max(0, s - age_s))
  }
  const carried = (position_s + Math.min(CARRY_S, speed * age_s)) / duration_s
  const shown = Math.max(progress, least, Math.min(MOST, carried))
  const left = progress < 1 ? (1 - shown) / (1 - progress) : 1
  return { ...withTimes(status, (s) => s * left), progress: shown, position_s: Math.max(position_s, shown * duration_s) }
}

function withTimes(status: SessionStatus, change: (seconds: number) => number): SessionStatus {
  const { eta_s, eta_range_s, retry_in_s } = status
  return {
    ...status,
    eta_s: eta_s === null ? null : change(eta_s),
    eta_range_s: eta_range_s && [change(eta_range_s[0]), change(eta_range_s[1])],
    retry_in_s: retry_in_s === null ? null : change(retry_in_s),
  }
}
