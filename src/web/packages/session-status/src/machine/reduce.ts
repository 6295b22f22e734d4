import { isFinal, newest } from '../status.ts'
import { learnStatus, retryTranscript, syncSegments, transcriptAnswered } from './learn.ts'
import { closeStream, finish, rest } from './life.ts'
import { type Input, type Moment, type Step, type TimerName, chain, step } from './messages.ts'
import { poll, pollAnswered } from './polling.ts'
import type { State } from './state.ts'
import { openStream, streamEvent, streamFailed } from './stream.ts'

/** The whole behaviour of one followed session: what happened in, what to do out. Pure. */
export function reduce(state: State, input: Input, moment: Moment): Step {
  if (input.type === 'open') return state.life === 'idle' ? open(state) : step(state)
  if (state.life === 'idle') {
    return step(input.type === 'accept' ? { ...state, status: newest(state.status, input.status) } : state)
  }
  switch (input.type) {
    case 'close':
      return rest(state)
    case 'retry_now':
      return retryNow(state)
    case 'accept':
      return chain(learnStatus(state, input.status), (s) => (revived(s) ? open(s) : step(s)))
    case 'transcript_answered':
      return transcriptAnswered(state, input.segments, moment)
    case 'stream_event':
      return state.life === 'open' ? streamEvent(state, input.event, moment) : step(state)
    case 'stream_failed':
      return state.life === 'open' ? streamFailed(state, input.reason, moment) : step(state)
    case 'poll_answered':
      return state.life === 'open' ? pollAnswered(state, input.answer, moment) : step(state)
    case 'timer':
      return due(state, input.name, moment)
  }
}

/** Starts following. A status that is already final needs no connection, only its words. */
function open(state: State): Step {
  if (state.status !== undefined && isFinal(state.status)) return chain(finish(state), syncSegments)
  return openStream({ ...state, life: 'open' })
}

/** A session that was over and is not any more: someone asked for it to be tried again. */
function revived(state: State): boolean {
  return state.life === 'done' && state.status !== undefined && !isFinal(state.status)
}

/** A person asked, or the network came back: forget past failures and try now. */
function retryNow(state: State): Step {
  if (state.life === 'done') return syncSegments({ ...state, transcriptFailures: 0 })
  const fresh = { ...state, failures: 0, probes: 0, pollFailures: 0, transcriptFailures: 0 }
  if (state.life === 'failed') return open({ ...fresh, reason: undefined })
  if (state.stream === 'proven') return step(fresh)
  const asked = step(fresh, { type: 'start_timer', name: 'poll', ms: 0 })
  return state.barred ? asked : chain(closeStream(fresh), openStream, (s) => step(s, ...asked.effects))
}

function due(state: State, name: TimerName, moment: Moment): Step {
  if (name === 'transcript') return retryTranscript(state)
  if (state.life !== 'open') return step(state)
  switch (name) {
    case 'first':
      return streamFailed(state, 'mute', moment)
    case 'silence':
      return streamFailed(state, 'stalled', moment)
    case 'stream':
      return state.stream === 'closed' ? openStream(state) : step(state)
    case 'poll':
      return poll(state, moment.now)
  }
}
