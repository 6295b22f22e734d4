import { DEFAULT_POLL_MS } from '../timing.ts'
import { pollMs } from './life.ts'
import type { Reason, State } from './state.ts'

/**
 * - `idle`: nobody follows.
 * - `connecting`: nothing has come yet, or a stream has yet to deliver that is rotated, allowed or asked for again.
 * - `live`: a stream delivers.
 * - `polling`: polling delivers, and is the fallback for now.
 * - `retrying`: neither is settled; polling may bridge the gap.
 * - `paused`: the page is hidden, put away or offline; it goes on by itself.
 * - `done`: a final status was read.
 * - `failed`: signed out, forbidden or not found; only `retryNow` goes on from here.
 */
export type Phase = 'idle' | 'connecting' | 'live' | 'polling' | 'retrying' | 'paused' | 'done' | 'failed'

/** How the newest status reaches the reader. Times are of the clock of `performance.now()`. */
export interface Connection {
  readonly phase: Phase
  /** What delivers right now, if anything does. */
  readonly mode: 'stream' | 'wait' | 'poll' | 'none'
  /** The phase in three words: nothing yet · what is shown is true · there is trouble. */
  readonly connectionState: 'connecting' | 'connected' | 'error'
  /** Why it is not simply live. */
  readonly reason: Reason | undefined
  /** Failed attempts in a row, of streams or of polls, the larger number. */
  readonly attempt: number
  /** The pace of polling in ms: as the server set it, longer for a while after it said that this is too often. */
  readonly pollMs: number
  /** When the stream is tried again. */
  readonly nextRetryAt: number | undefined
  /** Whether nothing came for longer than a healthy connection is silent. */
  readonly isStale: boolean
  /** How late what a stream brings is, in ms, as its last events showed, whosever fault it is; 0 below two seconds. */
  readonly behindMs: number
}

/** Of a session that nobody follows. */
export const IDLE: Connection = {
  phase: 'idle',
  mode: 'none',
  connectionState: 'connecting',
  reason: undefined,
  attempt: 0,
  pollMs: DEFAULT_POLL_MS,
  nextRetryAt: undefined,
  isStale: false,
  behindMs: 0,
}

/** The part of the state that a reader is told. */
export function connectionOf(state: State): Connection {
  const { stream, polling, failures, pollFailures, stale } = state
  const phase = phaseOf(state)
  const reason = reasonOf(phase, state)
  return {
    phase,
    mode: stream === 'proven' ? 'stream' : polling === 'off' ? 'none' : polling === 'wait' ? 'wait' : 'poll',
    connectionState: stateOf(phase, reason, stale),
    reason,
    attempt: Math.max(failures, pollFailures),
    pollMs: pollMs(state),
    nextRetryAt: state.due.stream,
    isStale: stale,
    behindMs: state.flow.behindMs,
  }
}

function phaseOf({ life, stream, polling, fallback, failures, pollFailures, newsAt }: State): Phase {
  if (life !== 'open') return life
  if (stream === 'proven') return 'live'
  if (pollFailures > 0) return 'retrying'
  const isFallback = fallback !== undefined
  if (isFallback && (polling === 'off' || polling === 'once')) return 'retrying'
  if (isFallback && newsAt !== undefined) return 'polling'
  return !isFallback && failures > 0 ? 'retrying' : 'connecting'
}

function reasonOf(phase: Phase, { lifeReason, pollReason, streamReason, fallback, pollOnly, flow }: State): Reason | undefined {
  if (phase === 'paused' || phase === 'failed') return lifeReason
  if (phase === 'live' && flow.behindMs > 0) return 'buffered'
  if (phase === 'idle' || phase === 'live' || phase === 'done') return undefined
  return pollReason ?? (fallback !== undefined && pollOnly ? 'manual' : fallback) ?? streamReason
}

function stateOf(phase: Phase, reason: Reason | undefined, stale: boolean): Connection['connectionState'] {
  if (phase === 'live' || phase === 'polling' || phase === 'done') return stale ? 'error' : 'connected'
  return phase === 'retrying' || phase === 'failed' || reason === 'offline' ? 'error' : 'connecting'
}

/** From all is well to nothing works. What is over, or what this person may not see, says nothing about the network. */
const BY_TROUBLE: readonly Phase[] = ['idle', 'done', 'failed', 'live', 'polling', 'connecting', 'paused', 'retrying']

/** Whether there are news to come by it: it may be in trouble, but is neither over nor given up. */
export function isFollowed({ phase }: Connection): boolean {
  return BY_TROUBLE.indexOf(phase) > BY_TROUBLE.indexOf('failed')
}

/** The one that a person should hear of; the one given first where several are alike. */
export function worst(connections: readonly Connection[]): Connection {
  const trouble = ({ phase, reason, behindMs }: Connection) =>
    reason === 'signed_out' ? 99 : BY_TROUBLE.indexOf(phase) + Number(behindMs > 0) / 2
  return connections.reduce((a, b) => (trouble(b) > trouble(a) ? b : a), IDLE)
}
