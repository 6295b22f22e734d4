import { SLOW_POLL_MS, silenceMs } from '../timing.ts'
import { NO_FLOW } from './flow.ts'
import { type Fallback, OFF, type Reason, type State, isFollowing, timer, withPath, withPoll, withStream } from './state.ts'

export function closeStream(state: State): State {
  // The age of what is shown does not change.
  const flow = { ...NO_FLOW, behindMs: state.flow.behindMs }
  return withStream(stopWatchdogs({ ...state, flow }), { kind: 'closed' })
}

export function stopWatchdogs(state: State): State {
  return timer(timer(timer(state, 'firstEvent'), 'silence'), 'check')
}

/** Leaves no stream, no request and no timer. */
function stop(state: State, life: State['life'], lifeReason?: Reason, fallback?: Fallback): State {
  const stopped = withPoll(withStream(state, { kind: 'closed' }), { ...OFF, fallback })
  return { ...stopped, flow: NO_FLOW, life, lifeReason, stale: false, due: {} }
}

/** Ends the following after a final document. */
export function finish(state: State): State {
  return stop(state, 'done')
}

/** Ends the following because the server refuses this person; a retry does not help. */
export function fail(state: State, reason: Reason): State {
  return stop(state, 'failed', reason)
}

/** Stops everything: there is no subscriber. */
export function rest(state: State): State {
  return stop(state, 'idle')
}

/** Stops everything until the page is back. */
export function putAway(state: State): State {
  const { life, lifeReason, poll } = state
  return isFollowing(state) ? stop(state, 'paused', 'away', poll.fallback) : stop(state, life, lifeReason, poll.fallback)
}

/** Records an event or a response, and restarts the timer after which what is shown is stale. */
export function arrived(state: State, now: number): State {
  const restored = excuseOutage(state)
  return timer({ ...restored, pathAtContact: restored.path, lastAt: now, stale: false }, 'stale', now + freshMs(state))
}

/**
 * Restores the failures from before an outage: if polls failed as well, the server was gone, and failed streams say nothing
 * about the path. Only once, because otherwise a server that answers every other poll would get stream requests for ever.
 * Events that were held back in an outage never count.
 */
function excuseOutage(state: State): State {
  const { poll, outageExcused, pathAtContact } = state
  if (poll.failures === 0) return state
  const { silentFailures } = pathAtContact
  return outageExcused ? withPath(state, { silentFailures }) : { ...state, path: pathAtContact, outageExcused: true }
}

/** How long what is shown counts as fresh. */
export function freshMs(state: State): number {
  return Math.max(silenceMs(state.stream.heartbeatMs), 2.5 * pace(state, pollMs(state)))
}

/** Lengthens the poll delay in a paused page. */
export function pace({ life }: State, ms: number): number {
  return life === 'paused' ? Math.max(ms, SLOW_POLL_MS) : ms
}

/** The poll delay: as the server set it, and longer after a 429. */
export function pollMs({ poll: { delayMs, slowdown } }: State): number {
  return Math.min(delayMs * slowdown, Math.max(delayMs, SLOW_POLL_MS))
}
