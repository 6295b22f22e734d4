import { SLOW_POLL_MS, probeMs, silenceMs } from '../timing.ts'
import type { Input, Moment } from './input.ts'
import { closeStream, putAway } from './life.ts'
import { openSoon, reopenIn, startPolling } from './polling.ts'
import { type State, isFollowing, timer } from './state.ts'
import { openStream, watch } from './stream.ts'

type Look = Extract<Input, { presence: unknown }>
type Open = (state: State, moment: Moment) => State

/** Begins in whatever the page is in: it may be opened in the background, or without a network. */
export function start(state: State, { presence, online, hideMs }: Look, moment: Moment, open: Open): State {
  const opened = open({ ...state, presence, online, hideMs }, moment)
  if (opened.life !== 'open') return opened
  if (presence === 'away') return putAway(opened)
  return online ? settle(opened, moment.now) : pause(opened, 'offline', moment.now)
}

/** The page was shown, hidden or put away, or gained or lost its network. */
export function look(state: State, { presence, online, hideMs }: Look, moment: Moment): State {
  const seen = { ...state, presence, online, hideMs }
  if (!isFollowing(state)) return seen
  const next = presence === 'hidden' ? seen : timer(seen, 'hide')
  if (presence === 'away') return putAway(next)
  if (!online && state.online) return pause(next, 'offline', moment.now)
  const back = (online && !state.online && state.stream === 'closed') || state.presence === 'away'
  if (back) return comeBack(next, moment)
  if (presence === state.presence) return next
  return presence === 'hidden' ? settle(next, moment.now) : shown(next, moment)
}

/** A hidden page keeps its stream for a while, without watchdogs. */
function settle(state: State, now: number): State {
  if (state.presence !== 'hidden') return state
  return timer(timer(timer(state, 'first'), 'silence'), 'hide', now + state.hideMs)
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

/** Nothing is streamed for now: nobody looks, or there is no network. */
export function pause(state: State, reason: 'hidden' | 'offline', now: number): State {
  const { stream: _stream, hide: _hide, poll: _poll, ...due } = state.due
  const paused: State = { ...closeStream({ ...state, due }), life: 'paused', reason, polling: 'off', asking: false }
  // A machine without a network still reaches itself: one question tells whether there is really no way.
  if (reason === 'offline') return startPolling(paused, now)
  return state.transport === 'sse' && !state.manual ? paused : startPolling(paused, now + SLOW_POLL_MS)
}

/** Asks at once what was missed, and streams again. */
export function resume(state: State, moment: Moment): State {
  const { now, random } = moment
  const open: State = { ...state, life: 'open', reason: undefined, polling: 'off', asking: false }
  // What was known before is old, unless there are news as soon as from a stream that goes on.
  const awake = settle(timer(open, 'stale', state.due.stale ?? now + silenceMs(state.heartbeatMs)), now)
  const asked = startPolling(awake, now)
  if (asked.barred) return asked
  if (asked.transport === 'polling' || asked.manual || !asked.streamSupported) return openStream(asked, now)
  return asked.fallback === undefined ? openSoon(asked, moment) : reopenIn(asked, probeMs(asked.probes, random), now)
}
