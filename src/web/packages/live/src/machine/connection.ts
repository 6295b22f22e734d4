import { DEFAULT_POLL_MS } from '../timing.ts'
import { pollMs } from './life.ts'
import type { Reason, State } from './state.ts'

/**
 * - `idle`: there is no subscriber.
 * - `connecting`: nothing has come yet, or a stream that was rotated, allowed again or retried has not delivered yet.
 * - `live`: a stream delivers.
 * - `polling`: polling delivers, and is the fallback for now.
 * - `retrying`: neither is reliable now; polling may bridge the gap.
 * - `paused`: the page is hidden, away or offline; it resumes by itself.
 * - `done`: a final document was received.
 * - `failed`: signed out, forbidden or not found; only `retryNow` tries again.
 */
export type Phase = 'idle' | 'connecting' | 'live' | 'polling' | 'retrying' | 'paused' | 'done' | 'failed'

/** The connection of a job or the list. Times are on the clock of `performance.now()`. */
export interface Connection {
  readonly phase: Phase
  /** The transport that delivers now, if any. */
  readonly mode: 'stream' | 'wait' | 'poll' | 'none'
  /** The phase in short: nothing received yet, up to date, or trouble. */
  readonly connectionState: 'connecting' | 'connected' | 'error'
  /** Why it is not live. */
  readonly reason: Reason | undefined
  /** Failed attempts in a row, of streams or of polls, whichever are more. */
  readonly attempt: number
  /** The poll delay in ms: as the server set it, and longer for a while after a 429. */
  readonly pollMs: number
  /** When the stream is tried next. */
  readonly nextRetryAt: number | undefined
  /** Whether nothing came for longer than the silence of a healthy connection. */
  readonly isStale: boolean
  /** The lag of a stream's last events in ms, whatever the cause; 0 below two seconds. */
  readonly behindMs: number
}

/** The connection of a job without subscribers. */
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

/** The connection that follows from a state. */
export function connectionOf(state: State): Connection {
  const { stream, poll, path, flow, stale } = state
  const phase = phaseOf(state)
  const reason = reasonOf(phase, state)
  return {
    phase,
    mode: stream.kind === 'live' ? 'stream' : poll.kind === 'once' ? 'poll' : poll.kind,
    connectionState: stateOf(phase, reason, stale),
    reason,
    attempt: Math.max(path.failures, poll.failures),
    pollMs: pollMs(state),
    nextRetryAt: state.due.reopen,
    isStale: stale,
    behindMs: flow.behindMs,
  }
}

function phaseOf({ life, stream, poll, path, lastAt }: State): Phase {
  if (life !== 'open') return life
  if (stream.kind === 'live') return 'live'
  if (poll.failures > 0) return 'retrying'
  const isFallback = poll.fallback !== undefined
  if (isFallback && (poll.kind === 'none' || poll.kind === 'once')) return 'retrying'
  if (isFallback && lastAt !== undefined) return 'polling'
  return !isFallback && path.failures > 0 ? 'retrying' : 'connecting'
}

function reasonOf(phase: Phase, { lifeReason, stream, poll, flow, pollOnly }: State): Reason | undefined {
  if (phase === 'paused' || phase === 'failed') return lifeReason
  if (phase === 'live' && flow.behindMs > 0) return 'buffered'
  if (phase === 'idle' || phase === 'live' || phase === 'done') return undefined
  return poll.reason ?? (poll.fallback && pollOnly ? 'manual' : poll.fallback?.reason) ?? stream.reason
}

function stateOf(phase: Phase, reason: Reason | undefined, stale: boolean): Connection['connectionState'] {
  if (phase === 'live' || phase === 'polling' || phase === 'done') return stale ? 'error' : 'connected'
  return phase === 'retrying' || phase === 'failed' || reason === 'offline' ? 'error' : 'connecting'
}

/** From good to bad. Final and forbidden jobs come first, because they show nothing about the network. */
const BY_TROUBLE: readonly Phase[] = ['idle', 'done', 'failed', 'live', 'polling', 'connecting', 'paused', 'retrying']

/** Whether it may still receive something: it may be in trouble, but is neither done nor failed. */
export function isFollowed({ phase }: Connection): boolean {
  return BY_TROUBLE.indexOf(phase) > BY_TROUBLE.indexOf('failed')
}

/** The worst connection; the first of several that are equal. */
export function worst(connections: readonly Connection[]): Connection {
  const trouble = ({ phase, reason, behindMs }: Connection) =>
    reason === 'signed_out' ? 99 : BY_TROUBLE.indexOf(phase) + Number(behindMs > 0) / 2
  return connections.reduce((a, b) => (trouble(b) > trouble(a) ? b : a), IDLE)
}
