import { type Effect, type Step, step } from './messages.ts'
import type { Reason, State } from './state.ts'

export function closeStream(state: State): Step {
  if (state.stream === 'closed') return step(state)
  return step(
    { ...state, stream: 'closed' },
    { type: 'close_stream' },
    { type: 'stop_timer', name: 'first' },
    { type: 'stop_timer', name: 'silence' },
  )
}

/** Everything that must end when following ends; stopping what does not run is harmless. */
const STOP: readonly Effect[] = [
  { type: 'close_stream' },
  { type: 'abort_poll' },
  { type: 'stop_timer', name: 'first' },
  { type: 'stop_timer', name: 'silence' },
  { type: 'stop_timer', name: 'stream' },
  { type: 'stop_timer', name: 'poll' },
  { type: 'stop_timer', name: 'transcript' },
]

function stopped(state: State, life: State['life']): State {
  return {
    ...state,
    life,
    stream: 'closed',
    polling: 'off',
    pollInFlight: false,
    nextRetryAt: undefined,
    fallback: undefined,
    barred: false,
  }
}

/** A final status was read: nothing more can come, except segments still on their way. */
export function finish(state: State): Step {
  return step({ ...stopped(state, 'done'), reason: undefined }, ...STOP)
}

/** The server will not answer this reader; asking again would not help. */
export function fail(state: State, reason: Reason): Step {
  return step({ ...stopped(state, 'failed'), reason, transcriptInFlight: false }, ...STOP, { type: 'abort_transcript' })
}

/** Nobody looks any more. What is known is kept for the next one who does. */
export function rest(state: State): Step {
  return step(
    { ...stopped(state, 'idle'), transcriptInFlight: false, failures: 0, probes: 0, pollFailures: 0, reason: undefined },
    ...STOP,
    { type: 'abort_transcript' },
  )
}
