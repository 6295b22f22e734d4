import { WAIT_MS } from '../timing.ts'
import type { Input, Moment } from './input.ts'
import { learnAt } from './learn.ts'
import { closeStream, putAway, rest } from './life.ts'
import { isOver, open } from './open.ts'
import { letGo, look, resume } from './pause.ts'
import { choosePolling, isRefused, isReplaced, poll, pollAnswered, startPolling } from './polling.ts'
import { CLEAN, OFF, type State, type TimerName, isFollowing, timer, withPoll, withStream } from './state.ts'
import { checkAnswered, checkDue, openStream, streamEnded, streamEvent, streamFailed } from './stream.ts'

/** The transition function: returns the next state for an input. Pure. */
export function reduce(state: State, input: Input, moment: Moment): State {
  const next = step(state, input, moment)
  // A page that is away must hold no connection, request or timer.
  return next.presence === 'away' && next !== state ? putAway(next) : next
}

function step(state: State, input: Input, moment: Moment): State {
  const { life, stream } = state
  switch (input.type) {
    case 'open':
      return life === 'idle' ? open({ ...state, presence: input.presence, online: input.online }, moment) : state
    case 'look':
      return look(state, input, moment)
    case 'close':
      return rest(state)
    case 'accept': {
      const next = learnAt(state, [input.job], moment.now)
      return next.life === 'done' && !isOver(next) ? open(next, moment) : next
    }
    case 'want_companion':
      // Another stream, which brings the companion's events as well.
      return stream.kind === 'closed' ? state : openStream(closeStream(state), moment.now)
    case 'companion_due':
    case 'companion_answered':
      return state
    case 'retry_now':
      return life === 'idle' ? state : retryNow(state, moment)
    case 'poll_only':
      return choosePolling(state, moment.now)
    case 'timer':
      return due(timer(state, input.name), input.name, moment)
  }
  if (!isFollowing(state)) return state
  switch (input.type) {
    case 'stream_event':
      return streamEvent(state, input.event, input.id, moment)
    case 'stream_failed':
      return streamEnded(state, input, moment)
    case 'poll_answered': {
      const next = checkAnswered(pollAnswered(state, input.answer, moment), input.answer, moment)
      // The browser is offline and the server answers: it is on this machine.
      const reached = state.lifeReason === 'offline' && input.answer.kind === 'ok'
      return reached && next.life === 'paused' ? resume(next, moment) : next
    }
  }
}

/** Resets failures and a choice of polling, and tries at once. */
function retryNow(state: State, moment: Moment): State {
  const { life, stream, poll: before } = state
  if (life === 'done') return state
  // The server's refusals stay; a replacement by a newer stream ends, because a person asked.
  const refused = isRefused(state) && !isReplaced(state)
  const fallback = refused ? before.fallback : undefined
  const forgotten = withPoll(withStream(state, { reason: undefined }), { waitMs: WAIT_MS, failures: 0, reason: undefined, fallback })
  const fresh = { ...forgotten, path: CLEAN, pathAtContact: CLEAN, pollOnly: false }
  if (life === 'failed') return open(fresh, moment)
  if (life === 'paused') return resume(fresh, moment)
  if (stream.kind === 'live') return fresh
  const asked = startPolling(before.inFlight ? fresh : withPoll(fresh, OFF), moment.now)
  // An attempt that is running is good enough.
  return refused || stream.kind === 'opening' ? asked : openStream(asked, moment.now)
}

function due(state: State, name: TimerName, moment: Moment): State {
  switch (name) {
    case 'firstEvent':
      return streamFailed(state, 'mute', moment)
    case 'silence':
      return streamFailed(state, 'stalled', moment)
    case 'check':
      return checkDue(state, moment)
    case 'reopen':
      if (state.stream.kind !== 'closed') return state
      // A hidden stream that breaks is not reopened before the page is shown.
      return state.presence === 'hidden' ? letGo(state, moment.now) : openStream(state, moment.now)
    case 'poll':
      return poll(state, moment.now)
    case 'hide':
      return letGo(state, moment.now)
    case 'stale':
      return { ...state, stale: true }
  }
}
