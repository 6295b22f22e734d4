import { closeStream } from './life.ts'
import { type Step, chain, step } from './messages.ts'
import type { Reason, State } from './state.ts'

const SERVER_REASONS = ['flag_off', 'kill_switch', 'flags_unavailable', 'buffered', 'at_capacity', 'draining'] as const

function serverReason(word: string): Reason {
  return SERVER_REASONS.find((known) => known === word) ?? 'server'
}

/** The server takes the stream away: poll, and do not knock again until it says `stream`. */
export function bar(state: State, reason: string): Step {
  return chain(closeStream(state), (s) =>
    step(
      { ...s, barred: true, fallback: serverReason(reason), nextRetryAt: undefined },
      { type: 'stop_timer', name: 'stream' },
    ),
  )
}
