import { isFinal } from '@playhead/live'
import type { SessionStatus } from '@playhead/session-status'
import { useState } from 'react'

/** The ids of all sessions that went on at some time since the list is shown. */
export function useWatched(statuses: readonly SessionStatus[]): ReadonlySet<string> {
  const [watched, setWatched] = useState<ReadonlySet<string>>(new Set())
  const fresh = statuses.filter((status) => !isFinal(status) && !watched.has(status.session_id))
  if (fresh.length > 0) setWatched(new Set([...watched, ...fresh.map((status) => status.session_id)]))
  return watched
}
