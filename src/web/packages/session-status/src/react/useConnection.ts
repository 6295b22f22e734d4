import { useMemo, useSyncExternalStore } from 'react'
import { IDLE } from '../machine/connection.ts'
import { useClient } from './context.ts'
import { type FollowedConnection, handleOf, withConnection } from './useFollowed.ts'

/**
 * The connection as a whole, for an indicator: the one with the most trouble of all that are followed, and the age of
 * the oldest news among them. Follows nothing by itself.
 *
 * @param id - of one session, or `ALL_SESSIONS`, if only that one matters.
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
