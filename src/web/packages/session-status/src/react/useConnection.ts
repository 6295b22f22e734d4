import { useMemo, useSyncExternalStore } from 'react'
import { IDLE } from '../machine/connection.ts'
import { useClient } from './context.ts'
import { type FollowedConnection, handleOf, withConnection } from './useFollowed.ts'

/**
 * Returns the worst connection of all followed sessions, for an indicator, with the age of the oldest last event among
 * them. Follows nothing by itself.
 *
 * @param id - a session's id, or `ALL_SESSIONS`, for that connection only.
 */
export function useConnection(id?: string): FollowedConnection {
  const client = useClient()
  const connection = useSyncExternalStore(
    client.subscribeConnection,
    () => client.getConnection(id),
    () => IDLE,
  )
  return useMemo(() => withConnection({}, connection, handleOf(client, id)), [client, id, connection])
}
