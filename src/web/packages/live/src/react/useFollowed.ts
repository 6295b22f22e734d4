import { useCallback, useMemo, useSyncExternalStore } from 'react'
import type { FollowOptions, LiveClient } from '../client.ts'
import { type Connection, IDLE } from '../machine/connection.ts'
import type { TransportOption } from '../machine/state.ts'
import { useLatest } from './useLatest.ts'
import { type ModeChange, useSettledMode } from './useModeChange.ts'

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

/** Follows a job of a client while the component is mounted. @param id - undefined follows nothing. */
export function useFollowed<D, V>(
  client: LiveClient<D, V>,
  id: string | undefined,
  options: FollowOptions<D> & { readonly transport: TransportOption },
  onModeChange?: (change: ModeChange) => void,
) {
  const { transport, companion, initialJob } = options
  // The first document only starts a store; later ones must not replace the store.
  const latestJob = useLatest(initialJob)
  const subscribe = useCallback(
    (listener: () => void) =>
      id === undefined
        ? () => {}
        : client.subscribe(id, { transport, companion, initialJob: latestJob.current }, listener),
    [client, id, transport, companion, latestJob],
  )
  const read = () => (id === undefined ? undefined : client.getSnapshot(id, { transport }))
  const snapshot = useSyncExternalStore(subscribe, read, () => undefined)
  useSettledMode(client.env, snapshot?.connection ?? IDLE, onModeChange, id)
  // No job has this id, so the actions do nothing.
  const handle = useMemo(() => handleOf(client, id ?? '', { transport }), [client, id, transport])
  return { snapshot, handle }
}

/** Adds times and actions to a connection. */
export function handleOf<D, V>(client: LiveClient<D, V>, id?: string, options?: FollowOptions<D>) {
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
