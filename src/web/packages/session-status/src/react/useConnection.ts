import { type FollowedConnection, useConnectionOf } from '@playhead/live/react'
import { useClient } from './context.ts'

/**
 * Returns the worst connection of all followed sessions, for an indicator, with the age of the oldest last event among
 * them. Follows nothing by itself.
 *
 * @param id - a session's id, or `ALL_JOBS`, for that connection only.
 */
export function useConnection(id?: string): FollowedConnection {
  return useConnectionOf(useClient().live, id)
}
