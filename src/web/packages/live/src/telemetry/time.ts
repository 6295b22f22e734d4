import type { Input } from '../machine/input.ts'
import type { State } from '../machine/state.ts'
import { type Mode, type Span, type Sums, addSpan } from './sums.ts'
import { ASLEEP_MS, FRESH_HEARTBEATS } from './timing.ts'

/** The time that a page follows something, as far as it is counted. */
export interface TimeWatch {
  readonly startedAt: number
  /** Until when it is counted. */
  readonly at: number
  /** Since when the person could see every change: the page is visible and awake. */
  readonly thereSince: number
  /** What came until then is of unknown age, because the monotonic clock may have stopped. */
  readonly sleptAt: number
  /** All the time that was watched. */
  readonly watchedMs: number
  /** Whether the server allows this person to stream; undefined: it has not shown that yet. */
  readonly mayStream: boolean | undefined
  /** What was watched meanwhile, since the last report. */
  readonly undecided: Span
}

export function startTime(now: number): TimeWatch {
  return { startedAt: now, at: now, thereSince: now, sleptAt: -Infinity, watchedMs: 0, mayStream: undefined, undecided: [0, 0] }
}

/** Whether it is followed: its life has begun, and is not over. */
export function isFollowed({ life }: State): boolean {
  return life === 'open' || life === 'paused'
}

export function hasData({ job, jobs }: State): boolean {
  return job !== undefined || jobs.size > 0
}

/** Counts the time until now, in which the state was this one, in a mode. */
export function timePassed(time: TimeWatch, sums: Sums, state: State, mode: Mode, now: number): { readonly time: TimeWatch; readonly sums: Sums } {
  const ms = now - time.at
  const next = { ...time, at: now }
  if (ms <= 0 || state.presence !== 'shown' || !isFollowed(state)) return { time: next, sums }
  if (overslept(state, now)) return { time: { ...next, thereSince: now }, sums }
  const dataAt = state.lastAt ?? (hasData(state) ? time.startedAt : -Infinity)
  const freshUntil = dataAt > time.sleptAt ? dataAt + FRESH_HEARTBEATS * state.stream.heartbeatMs : -Infinity
  const span: Span = [ms, Math.min(Math.max(0, freshUntil - time.at), ms)]
  const ageMs = dataAt > -Infinity ? now - Math.max(dataAt, time.thereSince) : 0
  const decided = time.mayStream === undefined ? { undecided: addSpan(time.undecided, span) } : {}
  return {
    time: { ...next, ...decided, watchedMs: time.watchedMs + ms },
    sums: {
      ...sums,
      spans: { ...sums.spans, [mode]: addSpan(sums.spans[mode], span) },
      allowed: time.mayStream === true ? addSpan(sums.allowed, span) : sums.allowed,
      maxAgeMs: Math.max(sums.maxAgeMs, ageMs),
    },
  }
}

/** Whether the page was asleep: a timer did not run. */
function overslept({ due }: State, now: number): boolean {
  const times = Object.values(due).filter((at) => at !== undefined)
  return now - Math.min(...times) > ASLEEP_MS
}

/** Notes a change of the page's presence, and of the server's permission to stream. */
export function situationChanged(time: TimeWatch, sums: Sums, { before, after, input }: { before: State; after: State; input: Input }, now: number) {
  const slept = input.type === 'look' && input.slept
  const isBack = after.presence === 'shown' && before.presence !== 'shown'
  const there = slept || isBack ? { thereSince: now } : {}
  const mayStream = permission(before, after, input) ?? time.mayStream
  const next = { ...time, ...there, sleptAt: slept ? now : time.sleptAt, mayStream }
  if (mayStream === undefined) return { time: next, sums }
  const allowed = mayStream ? addSpan(sums.allowed, time.undecided) : sums.allowed
  return { time: { ...next, undecided: [0, 0] as Span }, sums: { ...sums, allowed } }
}

/** What an input shows of the server's permission to stream; undefined: nothing. */
function permission(before: State, after: State, input: Input): boolean | undefined {
  // Failed streams do not change it.
  if (input.type === 'stream_event' && before.stream.kind !== 'closed') return after.poll.fallback?.refusedByServer !== true
  if (input.type !== 'poll_answered' || input.answer.kind !== 'ok') return undefined
  const { transport } = input.answer
  if (transport === undefined || transport.reason === 'final' || transport.reason === 'client') return undefined
  return transport.mode === 'stream'
}
