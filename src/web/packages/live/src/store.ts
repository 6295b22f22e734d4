import type { Change, Companion, CompanionState } from './companion.ts'
import type { Env, Undo } from './env.ts'
import type { LiveDocument } from './job.ts'
import { attempt, createListeners } from './listeners.ts'
import { type Connection, connectionOf } from './machine/connection.ts'
import type { Input } from './machine/input.ts'
import { learn } from './machine/learn.ts'
import { isMutePath } from './machine/polling.ts'
import { reduce } from './machine/reduce.ts'
import { CLEAN, type State, initialState } from './machine/state.ts'
import { type Target, createRunner } from './runner.ts'
import { HIDE_MS, HIDE_SHARED_MS, LINGER_MS, MAX_SILENT_FAILURES, MUTE_MEMORY_MS, SLEPT_MS, STABLE_MS } from './timing.ts'

/** The data of a store at one moment. Immutable: a change makes a new one. */
export interface Snapshot<D = LiveDocument, V = unknown> {
  /** The document of the followed job. */
  readonly job: D | undefined
  /** The documents of all jobs by id, if the list is followed. */
  readonly jobs: ReadonlyMap<string, D>
  /** What the companion shows; undefined without one. */
  readonly companion: V | undefined
  readonly connection: Connection
}

/** What a store follows, and its callbacks. */
export type StoreOptions = Pick<State, 'scope' | 'transport' | 'idOf'> & {
  /** Documents to begin with: of this job or, for the list, of any. */
  readonly initial: readonly LiveDocument[]
  readonly target: Target
  /** Whether the first subscriber wants the companion. */
  readonly wanted: boolean
  /** The address whose path may be stored as one that holds streams back. */
  readonly memoryKey: string
  /** Takes each transition, to measure it; without one, that an exception of a listener or of the companion was caught. */
  readonly report: ((change?: Change) => void) | undefined
  /** Called with every new document, to share it. */
  readonly onJob: (job: LiveDocument) => void
  /** Called after every change of the snapshot; `failed` is called for each listener that throws. */
  readonly onChange: (failed?: () => void) => void
  /** Called some time after the last subscriber left. The store cannot be used again. */
  readonly onRest: () => void
}

/** A followed job, or the list, shared by its subscribers. */
export interface Store {
  /** Follows while there are subscribers. Returns the function that unsubscribes. */
  subscribe(listener: () => void): Undo
  getSnapshot(): Snapshot
  /** When the last event or response came. */
  lastAt(): number | undefined
  /** Follows the companion, too. */
  wantCompanion(): void
  dispatch(input: Input): void
}

/** Lives whose begin and end are notified at once. */
const TURNS: readonly State['life'][] = ['done', 'failed']

/** Makes a store. It opens no connection before the first subscriber. */
export function createStore(env: Env, options: StoreOptions): Store {
  const { scope, transport, idOf, initial, target, wanted, memoryKey, report, onJob, onChange, onRest } = options
  const { companion } = target
  const listeners = createListeners(env)
  // A clock that was set back must not keep it for ever.
  const mutedMs = env.memory(memoryKey) - env.date()
  const isMuted = mutedMs > 0 && mutedMs <= MUTE_MEMORY_MS
  const lifeKey = `${memoryKey}:outlive`
  const start = initialState({
    scope,
    transport,
    idOf,
    streamSupported: env.openEvents !== undefined,
    renewsCredentials: env.renewsCredentials === true,
    path: isMuted ? { ...CLEAN, silentFailures: MAX_SILENT_FAILURES, outliveMs: Math.max(STABLE_MS, env.memory(lifeKey)) } : CLEAN,
  })
  let state = learn(start, initial)
  let beside = companion?.initial(wanted)
  let snapshot = snapshotOf(state, beside, companion)
  let cancelFrame: Undo | undefined
  let cancelRest: Undo | undefined
  let stopLooking: Undo | undefined
  /** How far the wall clock is ahead of the monotonic one, which in some browsers stops while the machine sleeps. */
  let clockLead = 0
  const run = createRunner(env, target, dispatch)

  function dispatch(input: Input) {
    const before = state
    const besideBefore = beside
    const moment = { now: env.now(), random: env.random() }
    const after = reduce(state, input, moment)
    const change = { before, after, input }
    state = after
    if (besideBefore !== undefined) beside = attempt(env, () => companion?.reduce(besideBefore, change, moment), report) ?? beside
    report?.(change)
    if (state === before && beside === besideBefore) return
    run(state, beside)
    if (heldAgainst(after) !== heldAgainst(before)) {
      env.memory(memoryKey, isMutePath(after) ? env.date() + MUTE_MEMORY_MS : 0)
      env.memory(lifeKey, heldAgainst(after))
    }
    for (const learned of learnedBetween(before, after)) onJob(learned)
    // Joins the changes of one frame, because a proxy may deliver a burst. The first document, the end of a job and a
    // retry are notified at once, because `onComplete` must see each of them.
    const isTurn = after.life !== before.life && TURNS.some((life) => life === before.life || life === after.life)
    if (isTurn || (before.job === undefined && after.job !== undefined)) publish()
    else cancelFrame ??= env.nextFrame(publish)
  }

  function publish() {
    cancelFrame?.()
    cancelFrame = undefined
    const next = snapshotOf(state, beside, companion, snapshot)
    if (next === snapshot) return
    snapshot = next
    listeners.tell(report)
    onChange(report)
  }

  function rest() {
    cancelRest = undefined
    stopLooking?.()
    dispatch({ type: 'close' })
    publish()
    onRest()
  }

  function look() {
    const shared = /^h[23]/.test(env.protocol(target.stream) ?? '')
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
    wantCompanion() {
      if (beside?.wanted === false) dispatch({ type: 'want_companion' })
    },
    dispatch,
  }
}

/** How long a stream must deliver on a path that holds streams back; 0 on any other. */
function heldAgainst(state: State): number {
  return isMutePath(state) ? state.path.outliveMs : 0
}

function learnedBetween(before: State, after: State): readonly LiveDocument[] {
  if (after.job !== before.job && after.job !== undefined) return [after.job]
  if (after.jobs === before.jobs) return []
  return [...after.jobs].filter(([id, job]) => before.jobs.get(id) !== job).map(([, job]) => job)
}

/** Returns a new snapshot, or the old one if nothing in it has changed. */
function snapshotOf(state: State, beside: CompanionState | undefined, companion: Companion | undefined, old?: Snapshot): Snapshot {
  const { job, jobs } = state
  const fresh = connectionOf(state)
  const connection = old !== undefined && isSame(fresh, old.connection) ? old.connection : fresh
  const next = { job, jobs, companion: beside && companion?.view(beside), connection }
  return old !== undefined && isSame(next, old) ? old : next
}

/** Whether two objects have the same fields (shallow). */
function isSame<T extends object>(a: T, b: T): boolean {
  return (Object.keys(a) as (keyof T)[]).every((key) => a[key] === b[key])
}
