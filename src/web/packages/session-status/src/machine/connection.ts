import type { Reason, State } from './state.ts'

/**
 * - `idle`: nobody follows.
 * - `connecting`: the first stream, or one that the server rotates, has yet to prove itself.
 * - `live`: a stream delivers.
 * - `polling`: polling delivers, and is the way for now.
 * - `retrying`: neither is settled; polling may bridge the gap.
 * - `done`: a final status was read.
 * - `failed`: signed out, forbidden or not found; only `retryNow` goes on from here.
 */
export type Phase = 'idle' | 'connecting' | 'live' | 'polling' | 'retrying' | 'done' | 'failed'

/** How the newest status reaches the reader. */
export interface Connection {
  readonly phase: Phase
  readonly mode: 'stream' | 'wait' | 'poll' | 'none'
  readonly reason: Reason | undefined
  /** Failed attempts in a row, the larger of both ways. */
  readonly attempt: number
  /** The pace of polling, as the server set it. */
  readonly pollMs: number
  /** When the stream is tried again, in the clock's time. */
  readonly nextRetryAt: number | undefined
}

/** The part of the state that a reader is told. */
export function connectionOf(state: State): Connection {
  return {
    phase: phaseOf(state),
    mode: state.stream === 'proven' ? 'stream' : state.polling === 'off' ? 'none' : state.polling,
    reason: state.pollFailures > 0 ? state.reason : (state.fallback ?? state.reason),
    attempt: Math.max(state.failures, state.pollFailures),
    pollMs: state.pollMs,
    nextRetryAt: state.nextRetryAt,
  }
}

function phaseOf(state: State): Phase {
  if (state.life !== 'open') return state.life
  if (state.stream === 'proven') return 'live'
  if (state.polling === 'off') return 'connecting'
  return state.pollFailures > 0 || state.fallback === undefined ? 'retrying' : 'polling'
}
