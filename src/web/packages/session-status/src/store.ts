import type { Env, Undo } from './env.ts'
import { type Connection, connectionOf } from './machine/connection.ts'
import type { Input } from './machine/messages.ts'
import { reduce } from './machine/reduce.ts'
import { type State, initialState } from './machine/state.ts'
import { createRunner } from './runner.ts'
import type { Segment, SessionStatus } from './status.ts'
import { LINGER_MS } from './timing.ts'

/** What is known of a session at one moment. Frozen in time: a change makes a new one. */
export interface SessionSnapshot {
  readonly status: SessionStatus | undefined
  /** The transcript so far: in order, without holes. */
  readonly segments: readonly Segment[]
  readonly connection: Connection
}

/** Options of one followed session. */
export interface FollowOptions {
  /** Whether to follow the words as well as the status. Default true. */
  readonly segments?: boolean | undefined
  /** A status that is known already; a final one saves the connection. */
  readonly initialStatus?: SessionStatus | undefined
}

/** One followed session, shared by all who look at it. */
export interface SessionStore {
  /** Follows while there are subscribers. Returns the way to stop. */
  subscribe(listener: () => void): Undo
  getSnapshot(): SessionSnapshot
  /** Forgets past failures and tries at once. */
  retryNow(): void
  /** Takes a status learned elsewhere, such as the answer to a cancel or a retry. The newer version wins. */
  accept(status: SessionStatus): void
}

/** @param onRest - called when the last subscriber is gone for good. */
export function createSessionStore(
  env: Env,
  url: string,
  options: FollowOptions = {},
  onRest: () => void = () => {},
): SessionStore {
  const listeners = new Set<() => void>()
  let state = initialState({
    streamSupported: env.openEvents !== undefined,
    wantsSegments: options.segments ?? true,
    status: options.initialStatus,
  })
  let snapshot = snapshotOf(state)
  let cancelFrame: Undo | undefined
  let cancelRest: Undo | undefined
  let stopOnline: Undo | undefined
  const runner = createRunner(env, url, dispatch)

  function dispatch(input: Input) {
    const before = state
    const { state: next, effects } = reduce(state, input, { now: env.now(), random: env.random() })
    state = next
    for (const effect of effects) runner.run(effect)
    if (state !== before) announce(before)
  }

  /** Joins what one frame brings, as a proxy may deliver a burst; the end of a session is told at once. */
  function announce(before: State) {
    const over = state.life !== before.life && (state.life === 'done' || state.life === 'failed')
    if (over) return publish()
    cancelFrame ??= env.nextFrame(publish)
  }

  function publish() {
    cancelFrame?.()
    cancelFrame = undefined
    const next = snapshotOf(state, snapshot)
    if (next === snapshot) return
    snapshot = next
    for (const listener of listeners) listener()
  }

  function rest() {
    cancelRest = undefined
    stopOnline?.()
    dispatch({ type: 'close' })
    publish()
    onRest()
  }

  return {
    subscribe(listener) {
      cancelRest?.()
      cancelRest = undefined
      listeners.add(listener)
      if (state.life === 'idle') {
        stopOnline = env.onOnline(() => dispatch({ type: 'retry_now' }))
        dispatch({ type: 'open' })
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
    retryNow: () => dispatch({ type: 'retry_now' }),
    accept: (status) => dispatch({ type: 'accept', status }),
  }
}

/** A new snapshot, or the old one where nothing that a reader sees has changed. */
function snapshotOf(state: State, old?: SessionSnapshot): SessionSnapshot {
  const connection = connectionOf(state)
  const sameConnection = old !== undefined && isSame(connection, old.connection)
  if (sameConnection && old.status === state.status && old.segments === state.segments) return old
  return {
    status: state.status,
    segments: state.segments,
    connection: sameConnection ? old.connection : connection,
  }
}

function isSame(a: Connection, b: Connection): boolean {
  return (Object.keys(a) as (keyof Connection)[]).every((key) => a[key] === b[key])
}
