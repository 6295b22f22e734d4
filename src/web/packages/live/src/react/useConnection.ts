import { useMemo, useSyncExternalStore } from 'react'
import type { LiveClient } from '../client.ts'
import { IDLE } from '../machine/connection.ts'
import { useClient } from './context.ts'
import { type FollowedConnection, handleOf, withConnection } from './useFollowed.ts'

/**
 * Returns the worst connection of all followed jobs, for an indicator, with the age of the oldest last event among them.
 * Follows nothing by itself.
 *
 * @param id - a job's id, or `ALL_JOBS`, for that connection only.
 */
export function useConnection(id?: string): FollowedConnection {
  return useConnectionOf(useClient(), id)
}

/** As `useConnection`, of this client. */
export function useConnectionOf<D, V>(client: LiveClient<D, V>, id?: string): FollowedConnection {
  const connection = useSyncExternalStore(
    client.subscribeConnection,
    () => client.getConnection(id),
    () => IDLE,
  )
  return useMemo(() => withConnection({}, connection, handleOf(client, id)), [client, id, connection])
}
