import { browserEnv } from './browser.ts'
import type { Env, Undo } from './env.ts'
import { createListeners } from './listeners.ts'
import { type Connection, isFollowed, worst } from './machine/connection.ts'
import type { TransportOption } from './machine/state.ts'
import type { SessionStatus } from './status.ts'
import { type Snapshot, type Store, createStore } from './store.ts'

/** Options of a client. */
export interface ClientOptions {
  /** The URL of the API. Default `/api/v1` of the page's own origin. */
  readonly baseUrl?: string
  /** The environment; the browser by default. */
  readonly env?: Env
}

/** Instead of a session's id: all of a person's sessions that are not final, and later ones, by one stream. */
export const ALL_SESSIONS = '*'

/** Options of one followed session, or of the list. */
export interface FollowOptions {
  /** The transport. Default `auto`. */
  readonly transport?: TransportOption | undefined
  /** Whether to follow the segments as well as the status. Default true; the list has none. */
  readonly segments?: boolean | undefined
  /** A status that you already have; with a final one there is no connection. */
  readonly initialStatus?: SessionStatus | undefined
}

/**
 * Follows sessions, with one connection for all subscribers of a session. A subscriber that names another transport gets a
 * second connection; the statuses that either receives are shared.
 */
export interface SessionStatusClient {
  readonly env: Env
  /** Follows a session, or `ALL_SESSIONS`, until the returned function is called. */
  subscribe(id: string, options: FollowOptions, listener: () => void): Undo
  /** The newest data of a session; undefined while it has no subscriber with that transport. */
  getSnapshot(id: string, options?: FollowOptions): Snapshot | undefined
  /** When the last event or response came, on the clock of `env.now()`; of several active connections, the oldest time. */
  lastEventAt(id?: string, options?: FollowOptions): number | undefined
  /** Calls back at every change of a connection. Follows nothing by itself. */
  subscribeConnection(listener: () => void): Undo
  /** The connection of a session; without an id, the worst of all. */
  getConnection(id?: string): Connection
  /** Resets past failures and `pollOnly`, and tries again at once. Without an id, for all sessions. */
  retryNow(id?: string): void
  /** Polls until `retryNow`, as a person chose. Without an id, for all sessions. */
  pollOnly(id?: string): void
  /** Takes a status from elsewhere, for example the response to a cancel or a retry. The newer version wins. */
  accept(status: SessionStatus): void
}

/** Makes a client. It opens no connection before the first subscriber. */
export function createSessionStatusClient({ baseUrl = '/api/v1', env }: ClientOptions = {}): SessionStatusClient {
  const world = env ?? browserEnv()
  const stores = new Map<string, { readonly id: string; readonly store: Store }>()
  const listeners = createListeners(world)

  const keyOf = (id: string, { transport = 'auto' }: FollowOptions = {}) => `${transport} ${id}`
  const at = (id: string, options?: FollowOptions) => stores.get(keyOf(id, options))?.store
  const of = (id?: string) => [...stores.values()].filter((entry) => id === undefined || entry.id === id)
  const accept = (status: SessionStatus) => {
    for (const { id, store } of of()) {
      if (id === status.session_id || id === ALL_SESSIONS) store.dispatch({ type: 'accept', status })
    }
  }

  function create(id: string, { transport = 'auto', segments = true, initialStatus }: FollowOptions): Store {
    const all = id === ALL_SESSIONS
    const url = `${baseUrl}/sessions${all ? '' : `/${encodeURIComponent(id)}`}`
    const key = keyOf(id, { transport })
    const shared = of().flatMap(({ store }) => {
      const { status, statuses } = store.getSnapshot()
      return status === undefined ? Array.from(statuses.values()) : [status]
    })
    const initial = initialStatus === undefined ? shared : [...shared, initialStatus]
    const store = createStore(world, {
      scope: all ? 'list' : 'session',
      transport,
      wantsSegments: segments && !all,
      initial: all ? initial : initial.filter(({ session_id }) => session_id === id),
      urls: all
        ? { stream: `${baseUrl}/status/stream`, status: url, transcript: url }
        : { stream: `${url}/status/stream`, status: `${url}/status`, transcript: `${url}/transcript` },
      memoryKey: `session-status:${baseUrl}`,
      onStatus: accept,
      onChange: listeners.tell,
      onRest() {
        stores.delete(key)
        listeners.tell()
      },
    })
    stores.set(key, { id, store })
    return store
  }

  return {
    env: world,
    subscribe(id, options, listener) {
      const existing = at(id, options)
      const store = existing ?? create(id, options)
      const wantsWords = options.segments !== false && id !== ALL_SESSIONS
      if (existing !== undefined && wantsWords) store.dispatch({ type: 'want_segments' })
      if (existing !== undefined && options.initialStatus !== undefined) accept(options.initialStatus)
      return store.subscribe(listener)
    },
    getSnapshot: (id, options) => at(id, options)?.getSnapshot(),
    lastEventAt(id, options) {
      if (id !== undefined && options !== undefined) return at(id, options)?.lastAt()
      const going = of(id).filter(({ store }) => isFollowed(store.getSnapshot().connection))
      const times = going.flatMap(({ store }) => store.lastAt() ?? [])
      return times.length === 0 ? undefined : Math.min(...times)
    },
    subscribeConnection: listeners.add,
    getConnection: (id) => worst(of(id).map(({ store }) => store.getSnapshot().connection)),
    retryNow(id) {
      for (const { store } of of(id)) store.dispatch({ type: 'retry_now' })
    },
    pollOnly(id) {
      for (const { store } of of(id)) store.dispatch({ type: 'poll_only' })
    },
    accept,
  }
}
