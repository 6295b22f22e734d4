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

/** The data of a store at one moment. Immutable: a change makes a new one. */
export interface Snapshot {
  /** The status of the followed session. */
  readonly status: SessionStatus | undefined
  /** The statuses of the person's sessions by id, if the list is followed. */
  readonly statuses: ReadonlyMap<string, SessionStatus>
  /** The segments so far, in order and without holes. */
  readonly segments: readonly Segment[]
  readonly connection: Connection
}

/** What a store follows, and its callbacks. */
export type StoreOptions = Pick<State, 'scope' | 'transport' | 'wantsSegments'> & {
  /** Statuses to begin with, of this session or, for the list, of any. */
  readonly initial: readonly SessionStatus[]
  readonly urls: Urls
  /** The address whose path may be stored as one that holds streams back. */
  readonly memoryKey: string
  /** Called with every new status, to share it. */
  readonly onStatus: (status: SessionStatus) => void
  /** Called after every change of the snapshot. */
  readonly onChange: () => void
  /** Called some time after the last subscriber left. The store cannot be used again. */
  readonly onRest: () => void
}

/** A followed session, or the list, shared by its subscribers. */
export interface Store {
  /** Follows while there are subscribers. Returns the function that unsubscribes. */
  subscribe(listener: () => void): Undo
  getSnapshot(): Snapshot
  /** When the last event or response came. */
  lastAt(): number | undefined
  dispatch(input: Input): void
}

/** Lives whose begin and end are notified at once. */
const TURNS: readonly State['life'][] = ['done', 'failed']

/** Makes a store. It opens no connection before the first subscriber. */
export function createStore(env: Env, options: StoreOptions): Store {
  const { scope, transport, wantsSegments, initial, urls, memoryKey, onStatus, onChange, onRest } = options
  const listeners = createListeners(env)
  // A clock that was set back must not keep it for ever.
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
  let state = learn(start, initial)
  let snapshot = snapshotOf(state)
  let cancelFrame: Undo | undefined
  let cancelRest: Undo | undefined
  let stopLooking: Undo | undefined
  /** How far the wall clock is ahead of the monotonic one, which in some browsers stops while the machine sleeps. */
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
    // Joins the changes of one frame, because a proxy may deliver a burst. The first status, the end of a session and a
    // retry are notified at once, because `onComplete` must see each of them.
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
      // The data may have changed between React's render and its subscription.
      queueMicrotask(() => isOpen && listener())
      return () => {
        undo()
        if (isOpen && listeners.size === 0) cancelRest = env.after(LINGER_MS, rest)
        isOpen = false
      }
    },
    getSnapshot: () => snapshot,
    lastAt: () => state.lastAt,
    dispatch,
  }
}

/** How long a stream must deliver on a path that holds streams back; 0 on any other. */
function heldAgainst(state: State): number {
  return isMutePath(state) ? state.outliveMs : 0
}

function learnedBetween(before: State, after: State): readonly SessionStatus[] {
  if (after.status !== before.status && after.status !== undefined) return [after.status]
  if (after.statuses === before.statuses) return []
  return [...after.statuses.values()].filter((status) => before.statuses.get(status.session_id) !== status)
}

/** Returns a new snapshot, or the old one if nothing in it has changed. */
function snapshotOf(state: State, old?: Snapshot): Snapshot {
  const { status, statuses, segments } = state
  const fresh = connectionOf(state)
  const connection = old !== undefined && isSame(fresh, old.connection) ? old.connection : fresh
  const next = { status, statuses, segments, connection }
  return old !== undefined && isSame(next, old) ? old : next
}

/** Whether two objects have the same fields (shallow). */
function isSame<T extends object>(a: T, b: T): boolean {
  return (Object.keys(a) as (keyof T)[]).every((key) => a[key] === b[key])
}
