import { ASK_GAP_MS, SLOW_POLL_MS, WAIT_MS, silenceMs } from '../timing.ts'
import { resetLag } from './flow.ts'
import type { Input, Moment } from './input.ts'
import { closeStream, freshMs, stopWatchdogs } from './life.ts'
import { allowStreams, isRefused, isReplaced, isStreamOnly, mayStream, openSoon, startPolling, stopWaiting } from './polling.ts'
import { OFF, type State, isFollowing, timer, withPoll } from './state.ts'
import { openStream, watch } from './stream.ts'

type Look = Extract<Input, { type: 'look' }>

/** Handles a change of visibility or network. For `away`, `reduce` stops everything. */
export function look(state: State, { presence, online, hideMs, slept }: Look, moment: Moment): State {
  const isShown = presence === 'shown' && state.presence !== 'shown'
  const here = { ...state, presence, online, flow: resetLag(state.flow, moment.now) }
  const seen = isShown && isReplaced(state) && mayStream(state) ? allowStreams(here, moment) : here
  const isOnline = online && !state.online
  if (!isFollowing(state)) return seen
  const next = presence === 'hidden' ? seen : timer(seen, 'hide')
  if (presence === 'away') return next
  if (!online && state.online) return pause(next, 'offline', moment.now, moment.now)
  if ((isOnline && state.stream.kind === 'closed') || state.presence === 'away') return comeBack(next, moment)
  if (presence === state.presence && !slept) return next
  return presence === 'hidden' ? keepUntil(stopWaiting(next, moment.now), moment.now + hideMs) : shown(next, slept, moment)
}

/** Keeps the stream of a page that was just hidden for a while, without watchdogs. */
function keepUntil(state: State, at: number): State {
  return timer(stopWatchdogs(state), 'hide', at)
}

/** Closes the stream of a page that has been hidden long enough, and polls seldom. */
export function letGo(state: State, now: number): State {
  if (state.life !== 'open') return state
  return pause(state, 'hidden', now, isStreamOnly(state) ? undefined : now + SLOW_POLL_MS)
}

/** Resumes a visible page. Its socket may have been dead for long: iOS wakes pages that way, without an error. */
function shown(state: State, slept: boolean, moment: Moment): State {
  const { now } = moment
  const { life, stream, poll } = state
  if (life === 'paused') return comeBack(state, moment)
  const isDead = stream.kind === 'live' && (slept || now - stream.lastEventAt > silenceMs(stream.heartbeatMs))
  if (isDead) return resume(closeStream(state), moment)
  const asked = poll.kind === 'none' ? state : pollAgain(state, now)
  return stream.kind === 'closed' ? asked : watch(asked, moment)
}

/** Polls at once, even if a poll is running, whose response may be held or lost. */
function pollAgain(state: State, now: number): State {
  const { sentAt, inFlight } = state.poll
  const at = sentAt + ASK_GAP_MS
  if (now < at) return inFlight ? state : timer(state, 'poll', at)
  return timer(withPoll(state, { inFlight: false, askedMs: 0 }), 'poll', now)
}

function comeBack(state: State, moment: Moment): State {
  return state.online ? resume(state, moment) : pause(state, 'offline', moment.now, moment.now)
}

/**
 * Pauses the stream while the page is hidden or offline. It still polls, at `pollAt`, because the server may be on this
 * machine, and because a hidden page has a title.
 */
export function pause(state: State, reason: 'hidden' | 'offline', now: number, pollAt?: number): State {
  const { reopen: _reopen, hide: _hide, poll: _poll, ...due } = state.due
  const closed = withPoll(closeStream({ ...state, due }), OFF)
  const paused: State = { ...closed, life: 'paused', lifeReason: reason }
  // Statuses come seldom now.
  const fresh = state.stale ? paused : timer(paused, 'stale', (state.lastAt ?? now) + freshMs(paused))
  return pollAt === undefined ? fresh : startPolling(fresh, pollAt)
}

/** Polls at once for what was missed, and streams again. */
export function resume(state: State, moment: Moment): State {
  const { now } = moment
  if (state.presence === 'hidden') return pause(state, 'hidden', now, now)
  // The network may be another.
  const open: State = { ...withPoll(state, { ...OFF, waitMs: WAIT_MS }), life: 'open' }
  // What is shown is stale, unless something comes as soon as from a stream that was never paused.
  const awake = timer(open, 'stale', Math.min(state.due.stale ?? Infinity, now + silenceMs(state.stream.heartbeatMs)))
  const asked = startPolling(awake, now)
  return isRefused(asked) || !mayStream(asked) ? openStream(asked, now) : openSoon(asked, moment)
}
