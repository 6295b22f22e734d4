import type { Segment, SessionStatus } from '../status.ts'
import { DEFAULT_HEARTBEAT_MS, DEFAULT_POLL_MS } from '../timing.ts'

/** Why the connection is as it is. The server's own words for its decisions, ours for what the browser found. */
export type Reason =
  // decided by the server
  | 'flag_off'
  | 'kill_switch'
  | 'flags_unavailable'
  | 'buffered'
  | 'at_capacity'
  | 'draining'
  | 'max_age'
  | 'server'
  // found by the browser
  | 'unsupported'
  | 'mute'
  | 'stalled'
  | 'network'
  | 'offline'
  | 'busy'
  | 'http'
  | 'bad_payload'
  // final
  | 'signed_out'
  | 'forbidden'
  | 'not_found'

/** Everything known about one followed session. Immutable; changed only by `reduce`. */
export interface State {
  readonly life: 'idle' | 'open' | 'done' | 'failed'
  readonly status: SessionStatus | undefined
  readonly segments: readonly Segment[]
  readonly wantsSegments: boolean

  /** `opening` until an event proves the stream; an open socket proves nothing. */
  readonly stream: 'closed' | 'opening' | 'proven'
  readonly streamSupported: boolean
  /** Failed attempts in a row. */
  readonly failures: number
  /** Probes in a row that led to nothing. */
  readonly probes: number
  readonly firstEventAt: number | undefined
  readonly lastEventAt: number | undefined
  readonly heartbeatMs: number

  /** How the session is polled while no stream is proven. */
  readonly polling: 'off' | 'poll' | 'wait'
  readonly pollInFlight: boolean
  readonly pollSentAt: number
  readonly pollFailures: number
  readonly pollMs: number
  readonly etag: string | undefined
  /** Set while polling is the way and not only the bridge to the next attempt. */
  readonly fallback: Reason | undefined
  /** The server refused the stream: only the server may allow it again, through `Playhead-Transport`. */
  readonly barred: boolean
  /** The server asked not to be asked for a stream before then. */
  readonly notBefore: number

  readonly transcriptInFlight: boolean
  readonly transcriptFailures: number
  /** Why the last attempt, of either kind, came to nothing. */
  readonly reason: Reason | undefined
  readonly nextRetryAt: number | undefined
}

export interface Start {
  readonly streamSupported: boolean
  readonly wantsSegments: boolean
  readonly status?: SessionStatus | undefined
}

export function initialState({ streamSupported, wantsSegments, status }: Start): State {
  return {
    life: 'idle',
    status,
    segments: [],
    wantsSegments,
    stream: 'closed',
    streamSupported,
    failures: 0,
    probes: 0,
    firstEventAt: undefined,
    lastEventAt: undefined,
    heartbeatMs: DEFAULT_HEARTBEAT_MS,
    polling: 'off',
    pollInFlight: false,
    pollSentAt: 0,
    pollFailures: 0,
    pollMs: DEFAULT_POLL_MS,
    etag: undefined,
    fallback: undefined,
    barred: false,
    notBefore: 0,
    transcriptInFlight: false,
    transcriptFailures: 0,
    reason: undefined,
    nextRetryAt: undefined,
  }
}
