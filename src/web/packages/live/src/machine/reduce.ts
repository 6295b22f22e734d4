import type { Input, Moment } from './input.ts'
import { learnAt } from './learn.ts'
import { closeStream, putAway, rest } from './life.ts'
import { isOver, open } from './open.ts'
import { letGo, look, resume } from './pause.ts'
import { choosePolling, isReplaced, poll, pollAnswered, startPolling } from './polling.ts'
import { CLEAN, type State, type TimerName, isFollowing, timer } from './state.ts'
import { ask, compare, openStream, streamEnded, streamEvent, streamFailed } from './stream.ts'

/** The transition function: returns the next state for an input. Pure. */
export function reduce(state: State, input: Input, moment: Moment): State {
  const next = step(state, input, moment)
  // A page that is away must hold no connection, request or timer.
  return next.presence === 'away' && next !== state ? putAway(next) : next
}

function step(state: State, input: Input, moment: Moment): State {
  switch (input.type) {
    case 'open':
      return state.life === 'idle' ? open({ ...state, presence: input.presence, online: input.online }, moment) : state
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
      return state.stream === 'closed' ? state : openStream(closeStream(state), moment.now)
    case 'companion_due':
    case 'companion_answered':
      return state
    case 'retry_now':
      return state.life === 'idle' ? state : retryNow(state, moment)
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
      const next = compare(pollAnswered(state, input.answer, moment), input.answer, moment)
      // The browser is offline and the server answers: it is on this machine.
      const reached = state.lifeReason === 'offline' && input.answer.kind === 'ok'
      return reached && next.life === 'paused' ? resume(next, moment) : next
    }
  }
}

/** Resets failures and a choice of polling, and tries at once. */
function retryNow(state: State, moment: Moment): State {
  if (state.life === 'done') return state
  const forgotten = { ...CLEAN, record: CLEAN, pollFailures: 0, pollReason: undefined, streamReason: undefined }
  // The server's refusals stay; a replacement by a newer stream ends, because a person asked.
  const barred = state.barred && !isReplaced(state)
  const fallback = barred ? state.fallback : undefined
  const fresh = { ...state, ...forgotten, barred, fallback, pollOnly: false }
  if (state.life === 'failed') return open(fresh, moment)
  if (state.life === 'paused') return resume(fresh, moment)
  if (state.stream === 'proven') return fresh
  const asked = startPolling(state.asking ? fresh : { ...fresh, polling: 'off' }, moment.now)
  // An attempt that is running is good enough.
  return barred || state.stream === 'opening' ? asked : openStream(asked, moment.now)
}

function due(state: State, name: TimerName, moment: Moment): State {
  switch (name) {
    case 'first':
      return streamFailed(state, 'mute', moment)
    case 'silence':
      return streamFailed(state, 'stalled', moment)
    case 'ask':
      return ask(state, moment)
    case 'stream':
      if (state.stream !== 'closed') return state
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
