import { SLOW_POLL_MS, probeMs, silenceMs } from '../timing.ts'
import type { Input, Moment } from './input.ts'
import { closeStream, putAway } from './life.ts'
import { asksOnly, mayStream, openSoon, reopenIn, startPolling } from './polling.ts'
import { type State, isFollowing, timer } from './state.ts'
import { openStream, watch } from './stream.ts'

type Look = Extract<Input, { presence: unknown }>

/** The page was shown, hidden or put away, or gained or lost its network. */
export function look(state: State, { presence, online, hideMs }: Look, moment: Moment): State {
  const seen = { ...state, presence, online }
  if (!isFollowing(state)) return seen
  const next = presence === 'hidden' ? seen : timer(seen, 'hide')
  if (presence === 'away') return putAway(next)
  if (!online && state.online) return pause(next, 'offline', moment.now)
  const back = (online && !state.online && state.stream === 'closed') || state.presence === 'away'
  if (back) return comeBack(next, moment)
  if (presence === state.presence) return next
  return presence === 'hidden' ? keepUntil(next, moment.now + hideMs) : shown(next, moment)
}

/** A page that was in sight keeps its stream for a while, without watchdogs. */
function keepUntil(state: State, at: number): State {
  return timer(timer(timer(state, 'first'), 'silence'), 'hide', at)
}

/** It has been hidden for long enough: it gives the stream back, and polls seldom. */
export function letGo(state: State, now: number): State {
  if (state.life !== 'open') return state
  return pause(state, 'hidden', asksOnly(state) ? undefined : now + SLOW_POLL_MS)
}

/** In sight again. A socket that says it is open may be dead since long: iOS wakes pages that way, without an error. */
function shown(state: State, moment: Moment): State {
  const { now } = moment
  if (state.life === 'paused') return comeBack(state, moment)
  const { stream, lastEventAt = now } = state
  if (stream === 'proven' && now - lastEventAt > silenceMs(state.heartbeatMs)) return resume(closeStream(state), moment)
  const asked = state.polling === 'off' || state.asking ? state : timer(state, 'poll', now)
  return stream === 'closed' ? asked : watch(asked, now)
}

function comeBack(state: State, moment: Moment): State {
  return state.online ? resume(state, moment) : pause(state, 'offline', moment.now)
}

/**
 * Nothing is streamed for now: nobody looks, or there is no network. All the same it asks, at `askAt`: a machine without
 * a network still reaches itself, and a page in the background has a title.
 */
export function pause(state: State, reason: 'hidden' | 'offline', askAt?: number): State {
  const { stream: _stream, hide: _hide, poll: _poll, ...due } = state.due
  const paused: State = { ...closeStream({ ...state, due }), life: 'paused', reason, polling: 'off', asking: false }
  return askAt === undefined ? paused : startPolling(paused, askAt)
}

/** Asks at once what was missed, and streams again. */
export function resume(state: State, moment: Moment): State {
  const { now, random } = moment
  if (state.presence === 'hidden') return pause(state, 'hidden', now)
  const open: State = { ...state, life: 'open', reason: undefined, polling: 'off', asking: false }
  // What was known before is old, unless there are news as soon as from a stream that goes on.
  const awake = timer(open, 'stale', state.due.stale ?? now + silenceMs(state.heartbeatMs))
  const asked = startPolling(awake, now)
  if (asked.barred || !mayStream(asked)) return openStream(asked, now)
  return asked.fallback === undefined ? openSoon(asked, moment) : reopenIn(asked, probeMs(asked.probes, random), now)
}
