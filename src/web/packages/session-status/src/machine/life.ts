import { SLOW_POLL_MS, silenceMs } from '../timing.ts'
import { NO_FLOW } from './flow.ts'
import { type Reason, type State, isFollowing, timer } from './state.ts'

/** Nothing open, nothing asked, nothing due. */
const STOPPED = {
  stream: 'closed',
  polling: 'off',
  asking: false,
  fallback: undefined,
  barred: false,
  transcriptFailures: 0,
  stale: false,
  flow: NO_FLOW,
  due: {},
} as const

export function closeStream(state: State): State {
  // What is shown stays as old as it was.
  const flow = { ...NO_FLOW, behindMs: state.flow.behindMs }
  return { ...state, stream: 'closed', flow, due: { ...state.due, first: undefined, silence: undefined, ask: undefined } }
}

/** A final status was read: nothing more can come, except segments still on their way. */
export function finish(state: State): State {
  return { ...state, ...STOPPED, life: 'done' }
}

/** The server will not answer this reader; asking again would not help. */
export function fail(state: State, lifeReason: Reason): State {
  return { ...state, ...STOPPED, life: 'failed', lifeReason, readingTranscript: false }
}

/** Nobody looks any more. */
export function rest(state: State): State {
  return { ...state, ...STOPPED, life: 'idle', readingTranscript: false }
}

/** Nothing may be open, asked for or due until the page is back. */
export function putAway(state: State): State {
  const { fallback, barred } = state
  const stopped = { ...state, ...STOPPED, fallback, barred, readingTranscript: false }
  return isFollowing(state) ? { ...stopped, life: 'paused', lifeReason: 'away' } : stopped
}

/** An event or an answer came: what is shown is fresh until the silence is longer than a live path allows. */
export function news(state: State, now: number): State {
  const known = excuse(state)
  const { failures, mutes, outliveMs, probes, notBefore } = known
  const record = { failures, mutes, outliveMs, probes, notBefore }
  return timer({ ...known, record, newsAt: now, stale: false }, 'stale', now + freshMs(state))
}

/**
 * Where polls failed as well, the server was away, and attempts made meanwhile say nothing of the stream. But once only:
 * a server that answers every other poll would be asked for streams for ever. What was swallowed then says nothing at all.
 */
function excuse(state: State): State {
  if (state.pollFailures === 0) return state
  const { excused, record } = state
  return excused ? { ...state, mutes: record.mutes } : { ...state, ...record, excused: true }
}

/** How long what is shown is fresh. */
export function freshMs(state: State): number {
  return Math.max(silenceMs(state.heartbeatMs), 2.5 * pace(state, pollMs(state)))
}

/** Nobody looks at a paused page. */
export function pace({ life }: State, ms: number): number {
  return life === 'paused' ? Math.max(ms, SLOW_POLL_MS) : ms
}

/** Between two polls: as the server set it, and longer where it said that this is too often. */
export function pollMs({ pollMs: set, slowdown }: State): number {
  return Math.min(set * slowdown, Math.max(set, SLOW_POLL_MS))
}
