import { ASK_MS, BEHIND_MS, LAG_GAP_MS, LAG_MEMORY_MS, LAG_MS, MOMENT_MS } from '../timing.ts'
import type { SessionStatus } from '../status.ts'
import type { StreamEvent } from '../wire.ts'

/** What a clock of the server said last, and how much later than the quickest of its words this one came. */
interface Clock {
  readonly at: number
  /** Clocks differ, so this number means nothing by itself. */
  readonly leastMs: number
  readonly lagMs: number
}

/** What the events of one stream tell of its path: how late they come, and how often there is something new. */
export interface Flow {
  /** Of the process that streams, by `hello` and heartbeats; and of the worker, by statuses. */
  readonly process: Clock
  readonly worker: Clock
  /** When heartbeats began to be late, and when any event last was. */
  readonly lateSince: number
  readonly lateAt: number
  /** When the page was last hidden, or shown. */
  readonly calmAt: number
  /** How old what is shown is known to be, in whole seconds; 0 where that is no more than usual. */
  readonly behindMs: number
  /** Of the newest status that this stream brought. */
  readonly version: number
  readonly attempt: number | undefined
  readonly statusAt: number | undefined
  /** The usual gap between its statuses. */
  readonly gapMs: number
  /** The version that a poll brought, and the stream has a moment to bring; 0 while a poll is to tell why statuses are late. */
  readonly owed: number | undefined
  /** How much of the lateness of statuses was found to be none of the path's. */
  readonly excusedMs: number
}

const SILENT: Clock = { at: -Infinity, leastMs: Infinity, lagMs: 0 }

/** Of a stream that has said nothing yet. */
export const NO_FLOW: Flow = {
  process: SILENT,
  worker: SILENT,
  lateSince: -Infinity,
  lateAt: -Infinity,
  calmAt: -Infinity,
  behindMs: 0,
  version: 0,
  attempt: undefined,
  statusAt: undefined,
  gapMs: 0,
  owed: undefined,
  excusedMs: 0,
}

/** Takes in an event. In a page that is not `watched`, events come late through no fault of the path. */
export function flowOn(flow: Flow, event: StreamEvent, now: number, watched: boolean): Flow {
  const next = clocked(flow, event, now)
  if (!watched) return calm(next, now)
  if (next.process !== flow.process) return timed(next, 'process', now)
  return next.worker === flow.worker ? next : timed(next, 'worker', now)
}

function clocked(flow: Flow, event: StreamEvent, now: number): Flow {
  if (event.name === 'hello' || event.name === 'heartbeat') {
    return { ...flow, process: hear(flow.process, event.sentAt, now) }
  }
  if (event.name !== 'status') return flow
  const { version, attempt, updated_at } = event.status
  const at = Date.parse(updated_at)
  const { worker: known, statusAt } = sameWorker(flow, attempt)
  // The first one may be old.
  const worker = statusAt === undefined ? { ...known, at, lagMs: 0 } : hear(known, at, now)
  const gapMs = statusAt === undefined ? 0 : (flow.gapMs + now - statusAt) / 2
  const excusedMs = Math.min(flow.excusedMs, worker.lagMs)
  const next = { ...flow, worker, version, attempt, statusAt: now, gapMs, excusedMs }
  return flow.owed && version >= flow.owed ? acquit(next) : next
}

/** Takes in a status that came otherwise, `now` at the latest: a stream may be slow from its first event on. */
export function knownBy(flow: Flow, { attempt, updated_at }: SessionStatus, now: number): Flow {
  const known = sameWorker(flow, attempt)
  const { worker } = known
  const tookMs = now - Date.parse(updated_at)
  return tookMs < worker.leastMs ? { ...known, attempt, worker: { ...worker, leastMs: tookMs } } : { ...known, attempt }
}

/** Another attempt is of another worker, with a clock of its own. */
function sameWorker(flow: Flow, attempt: number): Flow {
  return attempt === flow.attempt ? flow : { ...flow, worker: SILENT, statusAt: undefined }
}

/** A time that does not go on says nothing; after one that went back, the server's clock was set, and is another one. */
function hear(clock: Clock, at: number, now: number): Clock {
  if (at < clock.at) return { at, leastMs: now - at, lagMs: 0 }
  if (!(at > clock.at)) return clock
  const leastMs = Math.min(clock.leastMs, now - at)
  return { at, leastMs, lagMs: now - at - leastMs }
}

function timed(flow: Flow, name: 'process' | 'worker', now: number): Flow {
  const { lagMs } = flow[name]
  if (now - flow.calmAt < MOMENT_MS) return flow
  // The last of a burst is on time, and says nothing of the next one; nor does a heartbeat of statuses.
  const behindMs = now - flow.lateAt < (name === 'process' ? ASK_MS : MOMENT_MS) ? flow.behindMs : 0
  if (lagMs < BEHIND_MS) return { ...flow, behindMs }
  const isFirst = name === 'process' && lagMs >= LAG_MS && now - flow.lateSince > LAG_MEMORY_MS
  const lateSince = isFirst ? now : flow.lateSince
  return { ...flow, lateAt: now, lateSince, behindMs: Math.max(behindMs, Math.floor(lagMs / 1_000) * 1_000) }
}

/** Whether this heartbeat is later than polls would be, as one was before: nothing but the path delays them. */
export function isTooSlow({ lateSince, lateAt, process }: Flow, now: number): boolean {
  return lateAt === now && process.lagMs >= LAG_MS && now - lateSince >= LAG_GAP_MS
}

/** Whether this status is, and nothing is asked about that yet: it may be the path, or the worker or database is slow. */
export function isSuspect({ owed, lateAt, worker, excusedMs }: Flow, now: number): boolean {
  return owed === undefined && lateAt === now && worker.lagMs - excusedMs >= LAG_MS
}

/** The path holds nothing back: what is late was late before it. Only what comes later still is suspect again. */
export function acquit(flow: Flow): Flow {
  return { ...flow, owed: undefined, excusedMs: flow.worker.lagMs }
}

/** What was late may be the page's own doing, and so may what comes now. */
export function calm(flow: Flow, now: number): Flow {
  return { ...flow, lateSince: -Infinity, behindMs: 0, calmAt: now, owed: undefined }
}

/** How long it may be silent before a poll asks whether there is something new. */
export function patienceMs({ gapMs }: Flow): number {
  return Math.max(ASK_MS, 3 * gapMs)
}
