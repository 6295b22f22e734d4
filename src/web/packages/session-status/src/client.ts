import { type Env, type Undo, browserEnv } from './env.ts'
import { type FollowOptions, type SessionSnapshot, type SessionStore, createSessionStore } from './store.ts'
import type { SessionStatus } from './status.ts'

/** How to reach the service. */
export interface ClientOptions {
  /** Where the API lives. Default `/api/v1` of the page's own origin. */
  readonly baseUrl?: string
  /** The world outside; the browser by default. */
  readonly env?: Env
}

/** Follows sessions: however many look at one, it has one connection. */
export interface SessionStatusClient {
  subscribe(id: string, options: FollowOptions, listener: () => void): Undo
  /** What is known of a session; undefined while nobody follows it. */
  getSnapshot(id: string, options: FollowOptions): SessionSnapshot | undefined
  retryNow(id: string): void
  accept(status: SessionStatus): void
}

/** Readers with and without words need different streams. */
function keyOf(id: string, { segments = true }: FollowOptions): string {
  return `${segments ? 'words' : 'status'}:${id}`
}

/** Makes a client. It opens nothing by itself. */
export function createSessionStatusClient({ baseUrl = '/api/v1', env }: ClientOptions = {}): SessionStatusClient {
  const stores = new Map<string, { readonly id: string; readonly store: SessionStore }>()
  const world = env ?? browserEnv()

  const ofSession = (id: string) => [...stores.values()].filter((entry) => entry.id === id)

  return {
    subscribe(id, options, listener) {
      const key = keyOf(id, options)
      let entry = stores.get(key)
      if (entry === undefined) {
        const url = `${baseUrl}/sessions/${encodeURIComponent(id)}`
        entry = { id, store: createSessionStore(world, url, options, () => stores.delete(key)) }
        stores.set(key, entry)
      }
      return entry.store.subscribe(listener)
    },
    getSnapshot: (id, options) => stores.get(keyOf(id, options))?.store.getSnapshot(),
    retryNow(id) {
      for (const { store } of ofSession(id)) store.retryNow()
    },
    accept(status) {
      for (const { store } of ofSession(status.session_id)) store.accept(status)
    },
  }
}
