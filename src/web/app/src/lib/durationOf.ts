import type { LiveSession } from '../api/liveSessions.ts'

/** How long a recording is, in s: a status knows it first. Null until somebody does. */
export function durationOf({ session, status }: LiveSession): number | null {
  return status.duration_s ?? session.duration_s
}
