import { type FollowedConnection, type UseJobsOptions, useFollowedList, withConnection } from '@playhead/live/react'
import { useMemo } from 'react'
import type { SessionStatus } from '../status.ts'
import { useClient } from './context.ts'

/** Options of `useSessionList`. */
export type UseSessionListOptions = UseJobsOptions

/** The list with its connection. */
export interface UseSessionList extends FollowedConnection {
  /** The newest status of each session, by id. One that ended stays; a deleted one is `canceled`. */
  readonly statuses: ReadonlyMap<string, SessionStatus>
}

/**
 * Follows all of a person's sessions that are not final, and later ones, by one stream, or by one poll for all if there can be
 * no stream. Statuses are shared with the hooks that follow one session.
 */
export function useSessionList(options?: UseSessionListOptions): UseSessionList {
  const { jobs: statuses, connection, handle } = useFollowedList(useClient().live, options)
  return useMemo(() => withConnection({ statuses }, connection, handle), [statuses, connection, handle])
}
