import type { Session } from '../api/types.ts'

/** Why a recording cannot be heard. Only `unreachable` can pass by itself. */
export type RecordingProblem = 'gone' | 'unplayable' | 'unreachable'

/** Whether the recording of a session was deleted although the session is kept. */
export function isGone({ audio_deleted_at }: Session): boolean {
  return (audio_deleted_at ?? null) !== null
}

/** Finds out why a player gave up on `src`: its own error does not tell a missing file from one it cannot decode. */
export async function problemOf(src: string): Promise<RecordingProblem> {
  try {
    const { ok, status } = await fetch(src, { method: 'HEAD' })
    if (status === 404) return 'gone'
    return ok ? 'unplayable' : 'unreachable'
  } catch {
    return 'unreachable'
  }
}
