import type { Env, Undo } from './env.ts'
import { createListeners } from './listeners.ts'
import { type Connection, connectionOf } from './machine/connection.ts'
import type { Input } from './machine/input.ts'
import { learn } from './machine/learn.ts'
import { isMutePath } from './machine/polling.ts'
import { reduce } from './machine/reduce.ts'
import { type State, initialState } from './machine/state.ts'
import { type Urls, createRunner } from './runner.ts'
import type { Segment, SessionStatus } from './status.ts'
import { HIDE_MS, HIDE_SHARED_MS, LINGER_MS, MAX_MUTES, MUTE_MEMORY_MS, SLEPT_MS, STABLE_MS } from './timing.ts'

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
export type StoreOptions = Pick<State, 'scope' | 'transport' | 'wantsSegments'> & {
  /** What is known already, of this session or, for the list, of any. */
  readonly known: readonly SessionStatus[]
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

/** Lives that are told of at once, when they begin and when they are over. */
const TURNS: readonly State['life'][] = ['done', 'failed']

/** Makes a store. It opens nothing before the first subscriber. */
export function createStore(env: Env, options: StoreOptions): Store {
  const { scope, transport, wantsSegments, known, urls, memoryKey, onStatus, onChange, onRest } = options
  const listeners = createListeners(env)
  // A clock that was set back must not make it last for ever.
  const mutedMs = env.memory(memoryKey) - env.date()
  const isMuted = mutedMs > 0 && mutedMs <= MUTE_MEMORY_MS
  const lifeKey = `${memoryKey}:outlive`
  const start = initialState({
    scope,
    transport,
    wantsSegments,
    streamSupported: env.openEvents !== undefined,
    mutes: isMuted ? MAX_MUTES : 0,
    outliveMs: Math.max(STABLE_MS, isMuted ? env.memory(lifeKey) : 0),
  })
  let state = learn(start, known)
  let snapshot = snapshotOf(state)
  let cancelFrame: Undo | undefined
  let cancelRest: Undo | undefined
  let stopLooking: Undo | undefined
  /** How far the wall clock is ahead of the page's own, which in some browsers stands still while the machine sleeps. */
  let clockLead = 0
  const run = createRunner(env, urls, dispatch)

  function dispatch(input: Input) {
    const before = state
    state = reduce(state, input, { now: env.now(), random: env.random() })
    if (state === before) return
    const after = state
    run(state)
    if (heldAgainst(after) !== heldAgainst(before)) {
      env.memory(memoryKey, isMutePath(after) ? env.date() + MUTE_MEMORY_MS : 0)
      env.memory(lifeKey, heldAgainst(after))
    }
    for (const learned of learnedBetween(before, after)) onStatus(learned)
    // Joins what one frame brings, as a proxy may deliver a burst. Told at once is the first status, the end of a
    // session, and that it goes on after all: between them lies what `onComplete` must not miss.
    const isTurn = after.life !== before.life && TURNS.some((life) => life === before.life || life === after.life)
    if (isTurn || (before.status === undefined && after.status !== undefined)) publish()
    else cancelFrame ??= env.nextFrame(publish)
  }

  function publish() {
    cancelFrame?.()
    cancelFrame = undefined
    const next = snapshotOf(state, snapshot)
    if (next === snapshot) return
    snapshot = next
    listeners.tell()
    onChange()
  }

  function rest() {
    cancelRest = undefined
    stopLooking?.()
    dispatch({ type: 'close' })
    publish()
    onRest()
  }

  function look() {
    const shared = /^h[23]/.test(env.protocol(urls.stream) ?? '')
    const hideMs = shared ? HIDE_SHARED_MS : HIDE_MS
    const lead = env.date() - env.now()
    const slept = lead - clockLead > SLEPT_MS
    clockLead = lead
    dispatch({ type: 'look', presence: env.presence(), online: env.isOnline(), hideMs, slept })
  }

  return {
    subscribe(listener) {
      cancelRest?.()
      cancelRest = undefined
      if (state.life === 'idle') {
        stopLooking = env.onChange(look)
        clockLead = env.date() - env.now()
        dispatch({ type: 'open', presence: env.presence(), online: env.isOnline() })
      }
      let isOpen = true
      const undo = listeners.add(listener)
      // React does not read again after subscribing, and something may have changed since it rendered.
      queueMicrotask(() => isOpen && listener())
      return () => {
        undo()
        if (isOpen && listeners.size === 0) cancelRest = env.after(LINGER_MS, rest)
        isOpen = false
      }
    },
    getSnapshot: () => snapshot,
    newsAt: () => state.newsAt,
    dispatch,
  }
}

/** How long a stream must deliver on a path that swallows streams; 0 on any other. */
function heldAgainst(state: State): number {
  return isMutePath(state) ? state.outliveMs : 0
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
