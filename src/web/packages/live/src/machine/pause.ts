import { ASK_GAP_MS, SLOW_POLL_MS, silenceMs } from '../timing.ts'
import { calm } from './flow.ts'
import type { Input, Moment } from './input.ts'
import { closeStream, freshMs } from './life.ts'
import { allow, asksOnly, isReplaced, mayStream, openSoon, startPolling } from './polling.ts'
import { type State, isFollowing, timer } from './state.ts'
import { openStream, watch } from './stream.ts'

type Look = Extract<Input, { type: 'look' }>

/** Handles a change of visibility or network. For `away`, `reduce` stops everything. */
export function look(state: State, { presence, online, hideMs, slept }: Look, moment: Moment): State {
  const isShown = presence === 'shown' && state.presence !== 'shown'
  const here = { ...state, presence, online, flow: calm(state.flow, moment.now) }
  const seen = isShown && isReplaced(state) && mayStream(state) ? allow(here, moment) : here
  const isOnline = online && !state.online
  if (!isFollowing(state)) return seen
  const next = presence === 'hidden' ? seen : timer(seen, 'hide')
  if (presence === 'away') return next
  if (!online && state.online) return pause(next, 'offline', moment.now, moment.now)
  if ((isOnline && state.stream === 'closed') || state.presence === 'away') return comeBack(next, moment)
  if (presence === state.presence && !slept) return next
  return presence === 'hidden' ? keepUntil(next, moment.now + hideMs) : shown(next, slept, moment)
}

/** Keeps the stream of a page that was just hidden for a while, without watchdogs. */
function keepUntil(state: State, at: number): State {
  return timer(timer(timer(timer(state, 'first'), 'silence'), 'ask'), 'hide', at)
}

/** Closes the stream of a page that has been hidden long enough, and polls seldom. */
export function letGo(state: State, now: number): State {
  if (state.life !== 'open') return state
  return pause(state, 'hidden', now, asksOnly(state) ? undefined : now + SLOW_POLL_MS)
}

/** Resumes a visible page. Its socket may have been dead for long: iOS wakes pages that way, without an error. */
function shown(state: State, slept: boolean, moment: Moment): State {
  const { now } = moment
  if (state.life === 'paused') return comeBack(state, moment)
  const { stream, lastEventAt = now } = state
  const isDead = slept || now - lastEventAt > silenceMs(state.heartbeatMs)
  if (stream === 'proven' && isDead) return resume(closeStream(state), moment)
  const asked = state.polling === 'off' ? state : askAgain(state, now)
  return stream === 'closed' ? asked : watch(asked, moment)
}

/** Polls at once, even if a poll is running, whose response may be held or lost. */
function askAgain(state: State, now: number): State {
  const at = state.pollSentAt + ASK_GAP_MS
  if (now < at) return state.asking ? state : timer(state, 'poll', at)
  return timer({ ...state, asking: false }, 'poll', now)
}

function comeBack(state: State, moment: Moment): State {
  return state.online ? resume(state, moment) : pause(state, 'offline', moment.now, moment.now)
}

/**
 * Pauses the stream while the page is hidden or offline. It still polls, at `askAt`, because the server may be on this
 * machine, and because a hidden page has a title.
 */
export function pause(state: State, lifeReason: 'hidden' | 'offline', now: number, askAt?: number): State {
  const { stream: _stream, hide: _hide, poll: _poll, ...due } = state.due
  const closed = closeStream({ ...state, due })
  const paused: State = { ...closed, life: 'paused', lifeReason, polling: 'off', asking: false }
  // Statuses come seldom now.
  const fresh = state.stale ? paused : timer(paused, 'stale', (state.lastAt ?? now) + freshMs(paused))
  return askAt === undefined ? fresh : startPolling(fresh, askAt)
}

/** Polls at once for what was missed, and streams again. */
export function resume(state: State, moment: Moment): State {
  const { now } = moment
  if (state.presence === 'hidden') return pause(state, 'hidden', now, now)
  const open: State = { ...state, life: 'open', polling: 'off', asking: false }
  // What is shown is stale, unless something comes as soon as from a stream that was never paused.
  const awake = timer(open, 'stale', Math.min(state.due.stale ?? Infinity, now + silenceMs(state.heartbeatMs)))
  const asked = startPolling(awake, now)
  return asked.barred || !mayStream(asked) ? openStream(asked, now) : openSoon(asked, moment)
}
