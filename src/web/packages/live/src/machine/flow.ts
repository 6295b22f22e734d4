import { ASK_MS, BEHIND_MS, LAG_GAP_MS, LAG_MEMORY_MS, LAG_MS, MOMENT_MS } from '../timing.ts'
import type { LiveDocument } from '../job.ts'
import type { StreamEvent } from '../wire.ts'

/** The last time from a clock of the server, and how much later than the fastest event this one came. */
interface Clock {
  readonly at: number
  /** The smallest difference to the client's clock; it includes the difference of the clocks, so only changes matter. */
  readonly leastMs: number
  readonly lagMs: number
}

/** The lag and the frequency of one stream's events. */
export interface Flow {
  /** The clocks of the web process, from `hello` and heartbeats, and of the worker, from statuses. */
  readonly process: Clock
  readonly worker: Clock
  /** When heartbeats began to be late, and when any event was last late. */
  readonly lateSince: number
  readonly lateAt: number
  /** When the page was last hidden, or shown. */
  readonly resetAt: number
  /** The lag of what is shown, in ms of whole seconds; 0 if it is usual. */
  readonly behindMs: number
  /** The newest status of this stream: its version, attempt and time. */
  readonly version: number
  readonly attempt?: number | undefined
  readonly statusAt?: number | undefined
  /** The usual gap between its statuses. */
  readonly gapMs: number
  /** A version from a poll that the stream should deliver soon; 0 while a poll checks why statuses are late. */
  readonly awaited?: number | undefined
  /** The part of the statuses' lag that the path did not cause. */
  readonly excusedLagMs: number
}

const SILENT: Clock = { at: -Infinity, leastMs: Infinity, lagMs: 0 }

/** The flow of a stream without events. */
export const NO_FLOW: Flow = {
  process: SILENT,
  worker: SILENT,
  lateSince: -Infinity,
  lateAt: -Infinity,
  resetAt: -Infinity,
  behindMs: 0,
  version: 0,
  gapMs: 0,
  excusedLagMs: 0,
}

/** Records an event. In a page that is not `watched`, late events are not the path's fault. */
export function flowOn(flow: Flow, event: StreamEvent, now: number, watched: boolean): Flow {
  const next = clocked(flow, event, now)
  if (!watched) return resetLag(next, now)
  if (next.process !== flow.process) return timed(next, 'process', now)
  return next.worker === flow.worker ? next : timed(next, 'worker', now)
}

function clocked(flow: Flow, event: StreamEvent, now: number): Flow {
  if (event.name === 'hello' || event.name === 'heartbeat') {
    return { ...flow, process: measure(flow.process, event.sentAt, now) }
  }
  if (event.name !== 'status') return flow
  const { version, attempt, updated_at } = event.job
  const at = Date.parse(updated_at)
  const { worker: before, statusAt } = sameWorker(flow, attempt)
  // The first one may be old.
  const worker = statusAt === undefined ? { ...before, at, lagMs: 0 } : measure(before, at, now)
  const gapMs = statusAt === undefined ? 0 : (flow.gapMs + now - statusAt) / 2
  const excusedLagMs = Math.min(flow.excusedLagMs, worker.lagMs)
  const next = { ...flow, worker, version, attempt, statusAt: now, gapMs, excusedLagMs }
  return flow.awaited && version >= flow.awaited ? excuseLag(next) : next
}

/** Records a status from elsewhere, because a stream may be slow from its first event on. */
export function seenElsewhere(flow: Flow, { attempt, updated_at }: LiveDocument, now: number): Flow {
  const same = sameWorker(flow, attempt)
  const { worker } = same
  const tookMs = now - Date.parse(updated_at)
  return tookMs < worker.leastMs ? { ...same, attempt, worker: { ...worker, leastMs: tookMs } } : { ...same, attempt }
}

/** Resets the worker's clock for another attempt, which may be of another worker. */
function sameWorker(flow: Flow, attempt: number): Flow {
  return attempt === flow.attempt ? flow : { ...flow, worker: SILENT, statusAt: undefined }
}

/** Records a time of a clock; ignores one that is the same, and starts again after one that went back. */
function measure(clock: Clock, at: number, now: number): Clock {
  if (at < clock.at) return { at, leastMs: now - at, lagMs: 0 }
  if (!(at > clock.at)) return clock
  const leastMs = Math.min(clock.leastMs, now - at)
  return { at, leastMs, lagMs: now - at - leastMs }
}

function timed(flow: Flow, name: 'process' | 'worker', now: number): Flow {
  const { lagMs } = flow[name]
  if (now - flow.resetAt < MOMENT_MS) return flow
  // The last event of a burst is on time, which does not mean that the next is; nor does a heartbeat for statuses.
  const behindMs = now - flow.lateAt < (name === 'process' ? ASK_MS : MOMENT_MS) ? flow.behindMs : 0
  if (lagMs < BEHIND_MS) return { ...flow, behindMs }
  const isFirst = name === 'process' && lagMs >= LAG_MS && now - flow.lateSince > LAG_MEMORY_MS
  const lateSince = isFirst ? now : flow.lateSince
  return { ...flow, lateAt: now, lateSince, behindMs: Math.max(behindMs, Math.floor(lagMs / 1_000) * 1_000) }
}

/** Whether this heartbeat is later than polls would be, for the second time: only the path delays heartbeats. */
export function isTooSlow({ lateSince, lateAt, process }: Flow, now: number): boolean {
  return lateAt === now && process.lagMs >= LAG_MS && now - lateSince >= LAG_GAP_MS
}

/** Whether this status is later than polls would be and no poll checks it yet; the worker or database may be slow. */
export function isSuspect({ awaited, lateAt, worker, excusedLagMs }: Flow, now: number): boolean {
  return awaited === undefined && lateAt === now && worker.lagMs - excusedLagMs >= LAG_MS
}

/** Excuses the present lag, because a poll found nothing newer. Only a larger lag is checked again. */
export function excuseLag(flow: Flow): Flow {
  return { ...flow, awaited: undefined, excusedLagMs: flow.worker.lagMs }
}

/** Resets the lateness after the page was hidden or shown, which may have caused it. */
export function resetLag(flow: Flow, now: number): Flow {
  return { ...flow, lateSince: -Infinity, behindMs: 0, resetAt: now, awaited: undefined }
}

/** The silence after which a poll checks for something new. */
export function patienceMs({ gapMs }: Flow): number {
  return Math.max(ASK_MS, 3 * gapMs)
}
