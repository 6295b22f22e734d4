import { ASK_GAP_MS, SLOW_POLL_MS, silenceMs } from '../timing.ts'
import { calm } from './flow.ts'
import type { Input, Moment } from './input.ts'
import { readAgain } from './learn.ts'
import { closeStream, freshMs } from './life.ts'
import { allow, asksOnly, isReplaced, mayStream, openSoon, startPolling } from './polling.ts'
import { type State, isFollowing, timer } from './state.ts'
import { openStream, watch } from './stream.ts'

type Look = Extract<Input, { type: 'look' }>

/** The page was shown, hidden or put away, or gained or lost its network. Away, `reduce` stops everything. */
export function look(state: State, { presence, online, hideMs, slept }: Look, moment: Moment): State {
  const isShown = presence === 'shown' && state.presence !== 'shown'
  const here = { ...state, presence, online, flow: calm(state.flow, moment.now) }
  const seen = isShown && isReplaced(state) && mayStream(state) ? allow(here, moment) : here
  const isOnline = online && !state.online
  // What is over may still lack its last words.
  if (!isFollowing(state)) return isShown || isOnline ? readAgain(seen) : seen
  const next = presence === 'hidden' ? seen : timer(seen, 'hide')
  if (presence === 'away') return next
  if (!online && state.online) return pause(next, 'offline', moment.now, moment.now)
  if ((isOnline && state.stream === 'closed') || state.presence === 'away') return comeBack(next, moment)
  if (presence === state.presence && !slept) return next
  return presence === 'hidden' ? keepUntil(next, moment.now + hideMs) : shown(next, slept, moment)
}

/** A page that was in sight keeps its stream for a while, without watchdogs. */
function keepUntil(state: State, at: number): State {
  return timer(timer(timer(timer(state, 'first'), 'silence'), 'ask'), 'hide', at)
}

/** It has been hidden for long enough: it gives the stream back, and polls seldom. */
export function letGo(state: State, now: number): State {
  if (state.life !== 'open') return state
  return pause(state, 'hidden', now, asksOnly(state) ? undefined : now + SLOW_POLL_MS)
}

/** In sight again. A socket that says it is open may be dead since long: iOS wakes pages that way, without an error. */
function shown(state: State, slept: boolean, moment: Moment): State {
  const { now } = moment
  if (state.life === 'paused') return comeBack(state, moment)
  const { stream, lastEventAt = now } = state
  const isDead = slept || now - lastEventAt > silenceMs(state.heartbeatMs)
  if (stream === 'proven' && isDead) return resume(closeStream(state), moment)
  const asked = state.polling === 'off' ? state : askAgain(state, now)
  return stream === 'closed' ? asked : watch(asked, moment)
}

/** Asks at once, also where a question is under way: its answer may be held, or lost. */
function askAgain(state: State, now: number): State {
  const at = state.pollSentAt + ASK_GAP_MS
  if (now < at) return state.asking ? state : timer(state, 'poll', at)
  return timer({ ...state, asking: false }, 'poll', now)
}

function comeBack(state: State, moment: Moment): State {
  return state.online ? resume(state, moment) : pause(state, 'offline', moment.now, moment.now)
}

/**
 * Nothing is streamed for now: nobody looks, or there is no network. All the same it asks, at `askAt`: a machine without
 * a network still reaches itself, and a page in the background has a title.
 */
export function pause(state: State, lifeReason: 'hidden' | 'offline', now: number, askAt?: number): State {
  const { stream: _stream, hide: _hide, poll: _poll, ...due } = state.due
  const closed = closeStream({ ...state, due })
  const paused: State = { ...closed, life: 'paused', lifeReason, polling: 'off', asking: false }
  // News come seldom now.
  const fresh = state.stale ? paused : timer(paused, 'stale', (state.newsAt ?? now) + freshMs(paused))
  return askAt === undefined ? fresh : startPolling(fresh, askAt)
}

/** Asks at once what was missed, and streams again. */
export function resume(state: State, moment: Moment): State {
  const { now } = moment
  if (state.presence === 'hidden') return pause(state, 'hidden', now, now)
  const open: State = { ...state, life: 'open', polling: 'off', asking: false }
  // What was known before is old, unless there are news as soon as from a stream that goes on.
  const awake = timer(open, 'stale', Math.min(state.due.stale ?? Infinity, now + silenceMs(state.heartbeatMs)))
  const asked = startPolling(awake, now)
  return asked.barred || !mayStream(asked) ? openStream(asked, now) : openSoon(asked, moment)
}
