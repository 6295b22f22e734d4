import { useMemo, useSyncExternalStore } from 'react'
import { type Connection, IDLE } from '../machine/connection.ts'
import { useClient } from './context.ts'

/** A connection, and what can be done about it. */
export interface UseConnection extends Connection {
  /** Forgets past failures and a choice of polling, and tries at once. */
  readonly retryNow: () => void
  /** Polls from now on, until `retryNow`. */
  readonly usePolling: () => void
}

/**
 * The connection as a whole, for an indicator: the one with the most trouble of all that are followed. Follows nothing
 * by itself.
 *
 * @param id - of one session, or `ALL_SESSIONS`, if only that one matters.
 */
export function useConnection(id?: string): UseConnection {
  const client = useClient()
  const connection = useSyncExternalStore(
    client.subscribeConnection,
    () => client.getConnection(id),
    () => IDLE,
  )
  return useMemo(
    () => ({ ...connection, retryNow: () => client.retryNow(id), usePolling: () => client.pollOnly(id) }),
    [client, id, connection],
  )
}
