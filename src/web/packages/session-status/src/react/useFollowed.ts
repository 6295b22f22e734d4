import { useCallback, useMemo, useSyncExternalStore } from 'react'
import type { FollowOptions, SessionStatusClient } from '../client.ts'
import { type Connection, IDLE } from '../machine/connection.ts'
import type { TransportOption } from '../machine/state.ts'
import { useClient } from './context.ts'
import { useLatest } from './useLatest.ts'
import { type ModeChange, useModeChange } from './useModeChange.ts'

/** A connection with its actions. */
export interface FollowedConnection extends Connection {
  /** When the last event or response came, on the clock of `performance.now()`. Read at access; causes no render. */
  readonly lastEventAt: number | undefined
  /** How long ago that was, in ms. Read at access; causes no render, but `isStale` does. */
  readonly ageMs: number | undefined
  /** The connection as one object, which changes only with its fields, for components that show nothing else. */
  readonly connection: Connection
  /** Resets past failures and `usePolling`, and tries again at once. */
  readonly retryNow: () => void
  /** Polls until `retryNow`. */
  readonly usePolling: () => void
}

/** Follows while the component is mounted. @param id - undefined follows nothing. */
export function useFollowed(
  id: string | undefined,
  options: FollowOptions & { readonly transport: TransportOption; readonly segments: boolean },
  onModeChange?: (change: ModeChange) => void,
) {
  const client = useClient()
  const { transport, segments, initialStatus } = options
  // The first status only starts a store; later ones must not replace the store.
  const latestStatus = useLatest(initialStatus)
  const subscribe = useCallback(
    (listener: () => void) =>
      id === undefined
        ? () => {}
        : client.subscribe(id, { transport, segments, initialStatus: latestStatus.current }, listener),
    [client, id, transport, segments, latestStatus],
  )
  const read = () => (id === undefined ? undefined : client.getSnapshot(id, { transport }))
  const snapshot = useSyncExternalStore(subscribe, read, () => undefined)
  useModeChange(snapshot?.connection ?? IDLE, onModeChange, id)
  // No session has this id, so the actions do nothing.
  const handle = useMemo(() => handleOf(client, id ?? '', { transport }), [client, id, transport])
  return { snapshot, handle }
}

/** Adds times and actions to a connection. */
export function handleOf(client: SessionStatusClient, id?: string, options?: FollowOptions) {
  return {
    now: () => client.env.now(),
    lastEventAt: () => client.lastEventAt(id, options),
    retryNow: () => client.retryNow(id),
    usePolling: () => client.pollOnly(id),
  }
}

/** Joins data with its connection, as the hooks return it. */
export function withConnection<T extends object>(
  data: T,
  connection: Connection | undefined = IDLE,
  handle: ReturnType<typeof handleOf>,
): T & FollowedConnection {
  const { now, lastEventAt, retryNow, usePolling } = handle
  return {
    ...data,
    ...connection,
    connection,
    retryNow,
    usePolling,
    get lastEventAt() {
      return lastEventAt()
    },
    get ageMs() {
      const at = lastEventAt()
      return at === undefined ? undefined : now() - at
    },
  }
}
