import type { Change } from '../companion.ts'
import type { LiveDocument } from '../job.ts'
import type { Input } from '../machine/input.ts'
import type { State } from '../machine/state.ts'
import { NO_LAGS, withLag } from './lag.ts'
import { NO_STREAM, type StreamWatch, streamChanged, wasLost } from './stream.ts'
import { type Mode, NO_SUMS, type Sums, addSpan, count } from './sums.ts'
import { type TimeWatch, hasData, isFollowed, situationChanged, startTime, timePassed } from './time.ts'
import { HELD_MS, MAX_UNPAINTED, NO_DATA_MS, REQUEST_MS } from './timing.ts'

/** A status that came while the person was there, and is not painted yet. */
interface Unpainted {
  /** When it was made, in ms since 1970 on the server's clock. */
  readonly madeMs: number
  readonly mode: Mode
  readonly isFinal: boolean
}

/** What is measured of one followed job, or of the list. Immutable: `changed` and `painted` make the next one. */
export interface Watch {
  readonly time: TimeWatch
  readonly stream: StreamWatch
  /** How statuses come, or came before following ended, and why not by a stream. */
  readonly mode: Mode
  readonly reason?: string | undefined
  /** `awaited` until data came, or for too long; `unpainted` until they are painted. */
  readonly firstData: 'awaited' | 'unpainted' | 'painted'
  readonly unpainted: readonly Unpainted[]
  /** Since the last report. */
  readonly sums: Sums
}

/** What measuring takes of the core. */
export interface Core {
  readonly connectionOf: (state: State) => { readonly reason: string | undefined }
  /** A stream is proven by two events this far apart. */
  readonly proofMs: number
}

export function startWatch(now: number): Watch {
  return { time: startTime(now), stream: NO_STREAM, mode: 'none', firstData: 'awaited', unpainted: [], sums: NO_SUMS }
}

/**
 * Measures one transition of the machine.
 *
 * @param offsetMs - from the page's monotonic clock to the server's; undefined while nothing is known of it.
 */
export function changed(watch: Watch, change: Change, now: number, core: Core, offsetMs: number | undefined): Watch {
  const { before, after, input } = change
  const passed = timePassed(watch.time, watch.sums, before, modeIn(before), now)
  const { time, sums } = situationChanged(passed.time, passed.sums, change, now)
  const { stream, kinds } = streamChanged(watch.stream, before, after, now, core.proofMs)
  const made = newer(before, after).map(({ updated_at }) => Date.parse(updated_at))
  const isLost = isGap(stream, change, made, time, now, offsetMs)
  const fell = before.poll.fallback === undefined && after.poll.fallback?.refusedByServer === false ? after.poll.fallback.reason : undefined
  const isFall = fell !== undefined && fell !== 'manual' && fell !== 'unsupported'
  const counted = [...kinds, ...(isLost ? (['gaps'] as const) : []), ...(isFall ? (['fallbacks'] as const) : [])]
  const { mode, reason } = isFollowed(after) ? { mode: modeIn(after), reason: core.connectionOf(after).reason } : watch
  const next: Watch = {
    ...watch,
    time,
    stream: isLost ? { ...stream, lastLive: undefined } : stream,
    mode,
    reason,
    sums: counted.reduce((all, kind) => count(all, kind), isFall ? { ...sums, reason: fell } : sums),
  }
  const isFinal = after.life === 'done' && before.life !== 'done'
  const unpainted = made
    .filter((madeMs) => offsetMs !== undefined && madeMs - offsetMs >= time.thereSince)
    .map((madeMs): Unpainted => ({ madeMs, mode: modeOf(input, before) ?? watch.mode, isFinal }))
  return awaitPaint(next, after, unpainted)
}

function awaitPaint(watch: Watch, after: State, unpainted: readonly Unpainted[]): Watch {
  // A list may be empty: its first event is all that there is.
  const isFirst = watch.firstData === 'awaited' && after.lastAt !== undefined && (after.scope === 'list' || hasData(after))
  // Data that never come would never be reported.
  if (watch.firstData === 'awaited' && !isFirst && watch.time.watchedMs >= NO_DATA_MS) return withFirstData(watch, watch.time.watchedMs)
  if (after.presence === 'shown') {
    const firstData = isFirst ? 'unpainted' : watch.firstData
    return { ...watch, firstData, unpainted: [...watch.unpainted, ...unpainted].slice(-MAX_UNPAINTED) }
  }
  // A hidden page paints nothing: what it shows later was not late.
  return { ...(isFirst || watch.firstData === 'unpainted' ? withFirstData(watch, watch.time.watchedMs) : watch), unpainted: [] }
}

/** Whether something waits for the next paint. */
export function awaitsPaint({ firstData, unpainted }: Watch): boolean {
  return firstData === 'unpainted' || unpainted.length > 0
}

/** Measures a paint. */
export function painted(watch: Watch, now: number, offsetMs: number | undefined): Watch {
  const { time, unpainted } = watch
  const seen = watch.firstData === 'unpainted' ? withFirstData(watch, time.watchedMs + now - time.at) : watch
  if (offsetMs === undefined) return { ...seen, unpainted: [] }
  const sums = unpainted.reduce((all, { madeMs, mode, isFinal }) => {
    const lagMs = Math.max(0, now + offsetMs - madeMs)
    const counted = count(all, 'held', lagMs >= HELD_MS ? 1 : 0)
    const lags = { ...all.lags, [mode]: withLag(all.lags[mode] ?? NO_LAGS, lagMs) }
    return { ...counted, lags, ...(isFinal ? { finalLagMs: lagMs } : {}) }
  }, seen.sums)
  return { ...seen, unpainted: [], sums }
}

/** For a report: whom nothing has refused a stream so far is allowed one. */
export function decided(watch: Watch): Watch {
  const { time, sums } = watch
  return { ...watch, time: { ...time, undecided: [0, 0] }, sums: { ...sums, allowed: addSpan(sums.allowed, time.undecided) } }
}

function withFirstData(watch: Watch, firstDataMs: number): Watch {
  return { ...watch, firstData: 'painted', sums: { ...watch.sums, firstDataMs } }
}

/** What came of jobs that were shown before. */
function newer(before: State, after: State): readonly LiveDocument[] {
  if (before.job !== undefined && after.job !== undefined && after.job !== before.job) return [after.job]
  if (after.jobs === before.jobs) return []
  return [...after.jobs].flatMap(([id, job]) => (before.jobs.has(id) && before.jobs.get(id) !== job ? job : []))
}

/** How statuses come. A single poll, as before a stream has delivered, is none of the ways. */
function modeIn({ stream, poll }: State): Mode {
  if (stream.kind === 'live') return 'stream'
  return poll.kind === 'once' ? 'none' : poll.kind
}

/** What brought a status; undefined: another store, or the app. */
function modeOf(input: Input, { poll }: State): Mode | undefined {
  if (input.type === 'stream_event') return 'stream'
  if (input.type !== 'poll_answered') return undefined
  return poll.askedMs > 0 ? 'wait' : 'poll'
}

/** Whether a stream did not bring what it should have: it was read otherwise, whereupon it came late or not at all. */
function isGap(stream: StreamWatch, { before, after, input }: Change, made: readonly number[], { thereSince }: TimeWatch, now: number, offsetMs: number | undefined) {
  if (input.type === 'companion_answered') return now - (stream.liveSince ?? now) > REQUEST_MS
  // A check found a version, and the stream did not bring it within a moment.
  if (input.type === 'timer') return input.name === 'check' && Number(before.flow.awaited) > 0 && after.stream.kind === 'closed'
  return made.some((madeMs) => offsetMs !== undefined && madeMs - offsetMs >= thereSince && wasLost(stream, madeMs - offsetMs))
}
