import type { Env, Undo } from './env.ts'
import { type Connection, connectionOf } from './machine/connection.ts'
import type { Input } from './machine/input.ts'
import { reduce } from './machine/reduce.ts'
import { type State, initialState } from './machine/state.ts'
import { type Urls, createRunner } from './runner.ts'
import type { Segment, SessionStatus } from './status.ts'
import { HIDE_MS, HIDE_SHARED_MS, LINGER_MS, MAX_MUTES, MUTE_MEMORY_MS } from './timing.ts'

/** What is known at one moment. Frozen in time: a change makes a new one. */
export interface Snapshot {
  /** Of the session that is followed. */
  readonly status: SessionStatus | undefined
  /** Of all of the person's sessions, by their ids, where the list is followed. */
  readonly statuses: ReadonlyMap<string, SessionStatus>
  /** The transcript so far: in order, without holes. */
  readonly segments: readonly Segment[]
  readonly connection: Connection
}

/** What a store follows, and whom it tells. */
export type StoreOptions = Pick<State, 'scope' | 'transport' | 'wantsSegments' | 'status'> & {
  readonly urls: Urls
  /** The part of the network that remembers a path which swallows streams. */
  readonly memoryKey: string
  /** Called with every status that is new here, to share it. */
  readonly onStatus: (status: SessionStatus) => void
  /** Called whenever the snapshot changed. */
  readonly onChange: () => void
  /** Called when the last subscriber is gone for good. The store is of no use then: another one is made. */
  readonly onRest: () => void
}

/** One followed session, or the list of them, shared by all who look at it. */
export interface Store {
  /** Follows while there are subscribers. Returns how to stop. */
  subscribe(listener: () => void): Undo
  getSnapshot(): Snapshot
  /** When an event or an answer last came. */
  newsAt(): number | undefined
  dispatch(input: Input): void
}

/** Makes a store. It opens nothing before the first subscriber. */
export function createStore(env: Env, options: StoreOptions): Store {
  const { scope, transport, wantsSegments, status, urls, memoryKey, onStatus, onChange, onRest } = options
  const listeners = new Set<() => void>()
  const muted = env.memory(memoryKey) > env.date()
  let state = initialState({
    scope,
    transport,
    wantsSegments,
    status,
    streamSupported: env.openEvents !== undefined,
    mutes: muted ? MAX_MUTES : 0,
  })
  let snapshot = snapshotOf(state)
  let cancelFrame: Undo | undefined
  let cancelRest: Undo | undefined
  let stopLooking: Undo | undefined
  const run = createRunner(env, urls, dispatch)

  function dispatch(input: Input) {
    const before = state
    state = reduce(state, input, { now: env.now(), random: env.random() })
    if (state === before) return
    const after = state
    run(state)
    if (after.mutes !== before.mutes) remember(after.mutes)
    for (const learned of learnedBetween(before, after)) onStatus(learned)
    // Joins what one frame brings, as a proxy may deliver a burst; the end of a session is told at once.
    if (after.life !== before.life && (after.life === 'done' || after.life === 'failed')) publish()
    else cancelFrame ??= env.nextFrame(publish)
  }

  function remember(mutes: number) {
    if (mutes >= MAX_MUTES) env.memory(memoryKey, env.date() + MUTE_MEMORY_MS)
    if (mutes === 0) env.memory(memoryKey, 0)
  }

  function publish() {
    cancelFrame?.()
    cancelFrame = undefined
    const next = snapshotOf(state, snapshot)
    if (next === snapshot) return
    snapshot = next
    for (const listener of listeners) listener()
    onChange()
  }

  function rest() {
    cancelRest = undefined
    stopLooking?.()
    dispatch({ type: 'close' })
    publish()
    onRest()
  }

  function look(type: 'open' | 'look') {
    const shared = /^h[23]/.test(env.protocol(urls.stream) ?? '')
    const hideMs = shared ? HIDE_SHARED_MS : HIDE_MS
    dispatch({ type, presence: env.presence(), online: env.isOnline(), hideMs })
  }

  return {
    subscribe(listener) {
      cancelRest?.()
      cancelRest = undefined
      listeners.add(listener)
      if (state.life === 'idle') {
        stopLooking = env.onChange(() => look('look'))
        look('open')
      } else {
        // React does not read again after subscribing, and something may have changed since it rendered.
        queueMicrotask(() => listeners.has(listener) && listener())
      }
      return () => {
        if (!listeners.delete(listener) || listeners.size > 0) return
        cancelRest = env.after(LINGER_MS, rest)
      }
    },
    getSnapshot: () => snapshot,
    newsAt: () => state.newsAt,
    dispatch,
  }
}

function learnedBetween(before: State, after: State): readonly SessionStatus[] {
  if (after.status !== before.status && after.status !== undefined) return [after.status]
  if (after.statuses === before.statuses) return []
  return [...after.statuses.values()].filter((status) => before.statuses.get(status.session_id) !== status)
}

/** A new snapshot, or the old one where nothing that a reader sees has changed. */
function snapshotOf(state: State, old?: Snapshot): Snapshot {
  const { status, statuses, segments } = state
  const fresh = connectionOf(state)
  const connection = old !== undefined && isSame(fresh, old.connection) ? old.connection : fresh
  const next = { status, statuses, segments, connection }
  return old !== undefined && isSame(next, old) ? old : next
}

/** Whether two objects hold the same. */
function isSame<T extends object>(a: T, b: T): boolean {
  return (Object.keys(a) as (keyof T)[]).every((key) => a[key] === b[key])
}
