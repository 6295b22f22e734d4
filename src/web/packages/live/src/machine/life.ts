import { SLOW_POLL_MS, silenceMs } from '../timing.ts'
import { NO_FLOW } from './flow.ts'
import { type Reason, type State, isFollowing, timer } from './state.ts'

/** No stream, no request, no timer. */
const STOPPED = {
  stream: 'closed',
  polling: 'off',
  asking: false,
  fallback: undefined,
  barred: false,
  stale: false,
  flow: NO_FLOW,
  due: {},
} as const

export function closeStream(state: State): State {
  // The age of what is shown does not change.
  const flow = { ...NO_FLOW, behindMs: state.flow.behindMs }
  return { ...state, stream: 'closed', flow, due: { ...state.due, first: undefined, silence: undefined, ask: undefined } }
}

/** Ends the following after a final document. */
export function finish(state: State): State {
  return { ...state, ...STOPPED, life: 'done' }
}

/** Ends the following because the server refuses this person; a retry does not help. */
export function fail(state: State, lifeReason: Reason): State {
  return { ...state, ...STOPPED, life: 'failed', lifeReason }
}

/** Stops everything: there is no subscriber. */
export function rest(state: State): State {
  return { ...state, ...STOPPED, life: 'idle' }
}

/** Stops everything until the page is back. */
export function putAway(state: State): State {
  const { fallback, barred } = state
  const stopped = { ...state, ...STOPPED, fallback, barred }
  return isFollowing(state) ? { ...stopped, life: 'paused', lifeReason: 'away' } : stopped
}

/** Records an event or a response, and restarts the timer after which what is shown is stale. */
export function arrived(state: State, now: number): State {
  const restored = excuse(state)
  const { failures, mutes, outliveMs, probes, notBefore } = restored
  const record = { failures, mutes, outliveMs, probes, notBefore }
  return timer({ ...restored, record, lastAt: now, stale: false }, 'stale', now + freshMs(state))
}

/**
 * Restores the failures from before an outage: if polls failed as well, the server was gone, and failed streams say nothing
 * about the path. Only once, because otherwise a server that answers every other poll would get stream requests for ever.
 * Events that were held back in an outage never count.
 */
function excuse(state: State): State {
  if (state.pollFailures === 0) return state
  const { excused, record } = state
  return excused ? { ...state, mutes: record.mutes } : { ...state, ...record, excused: true }
}

/** How long what is shown counts as fresh. */
export function freshMs(state: State): number {
  return Math.max(silenceMs(state.heartbeatMs), 2.5 * pace(state, pollMs(state)))
}

/** Lengthens the poll delay in a paused page. */
export function pace({ life }: State, ms: number): number {
  return life === 'paused' ? Math.max(ms, SLOW_POLL_MS) : ms
}

/** The poll delay: as the server set it, and longer after a 429. */
export function pollMs({ pollMs: set, slowdown }: State): number {
  return Math.min(set * slowdown, Math.max(set, SLOW_POLL_MS))
}
