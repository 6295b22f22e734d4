import { useCallback, useMemo, useSyncExternalStore } from 'react'
import type { FollowOptions, SessionStatusClient } from '../client.ts'
import { type Connection, IDLE } from '../machine/connection.ts'
import type { TransportOption } from '../machine/state.ts'
import { useClient } from './context.ts'
import { useLatest } from './useLatest.ts'
import { type ModeChange, useModeChange } from './useModeChange.ts'

/** A connection with what can be done about it. */
export interface FollowedConnection extends Connection {
  /** When something last came, on the clock of `performance.now()`. Read when asked for; causes no render. */
  readonly lastEventAt: number | undefined
  /** How long ago that was, in ms. Read when asked for; causes no render: `isStale` does. */
  readonly ageMs: number | undefined
  /** The same facts as one object, which changes only with them: for components that show nothing else. */
  readonly connection: Connection
  /** Forgets past failures and a choice of polling, and tries at once. */
  readonly retryNow: () => void
  /** Polls from now on, until `retryNow`. */
  readonly usePolling: () => void
}

/** What is followed, for as long as the component is mounted. @param id - undefined follows nothing. */
export function useFollowed(
  id: string | undefined,
  options: FollowOptions & { readonly transport: TransportOption; readonly segments: boolean },
  onModeChange?: (change: ModeChange) => void,
) {
  const client = useClient()
  const { transport, segments, initialStatus } = options
  // The first status only starts a store; later ones must not tear it down.
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
  // Nothing has this id: what is done to it is done to nothing.
  const handle = useMemo(() => handleOf(client, id ?? '', { transport }), [client, id, transport])
  return { snapshot, handle }
}

/** What can be asked of a connection, and done about it. */
export function handleOf(client: SessionStatusClient, id?: string, options?: FollowOptions) {
  return {
    now: () => client.env.now(),
    lastEventAt: () => client.lastEventAt(id, options),
    retryNow: () => client.retryNow(id),
    usePolling: () => client.pollOnly(id),
  }
}

/** What the hooks return: something that is known, and the connection it came by. */
export function withConnection<T extends object>(
  known: T,
  connection: Connection | undefined = IDLE,
  handle: ReturnType<typeof handleOf>,
): T & FollowedConnection {
  const { now, lastEventAt, retryNow, usePolling } = handle
  return {
    ...known,
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
