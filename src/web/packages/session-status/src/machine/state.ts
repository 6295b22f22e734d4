import type { Presence } from '../env.ts'
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
  // decided here
  | 'unsupported'
  | 'manual'
  // found by the browser
  | 'mute'
  | 'stalled'
  | 'network'
  | 'offline'
  | 'hidden'
  | 'away'
  | 'busy'
  | 'http'
  | 'bad_payload'
  // final
  | 'signed_out'
  | 'forbidden'
  | 'not_found'

/** What to follow by: `auto` streams where that works and polls elsewhere, `stream` never polls for good, `poll` never streams. */
export type TransportOption = 'auto' | 'stream' | 'poll'

/** The timers of the machine. */
export const TIMERS = ['first', 'silence', 'stream', 'poll', 'transcript', 'hide', 'stale'] as const
export type TimerName = (typeof TIMERS)[number]

/**
 * Everything known about one session, or all of a person's, and what should be going on because of it: which stream is
 * open, which request is under way, which timers run. Immutable; changed only by `reduce`, obeyed by the runner.
 */
export interface State {
  readonly scope: 'session' | 'list'
  readonly transport: TransportOption
  readonly life: 'idle' | 'open' | 'paused' | 'done' | 'failed'
  readonly presence: Presence
  readonly online: boolean

  /** Of a session. */
  readonly status: SessionStatus | undefined
  /** Of all of a person's, by their ids. */
  readonly statuses: ReadonlyMap<string, SessionStatus>
  readonly segments: readonly Segment[]
  readonly wantsSegments: boolean

  /** `opening` until an event proves the stream; an open socket proves nothing. */
  readonly stream: 'closed' | 'opening' | 'proven'
  /** Counts the attempts: another number is another stream. */
  readonly streamNr: number
  readonly streamSupported: boolean
  /** A person chose polling; only `retryNow` takes it back. */
  readonly pollOnly: boolean
  readonly lastEventId: string | undefined
  /** Failed attempts in a row. */
  readonly failures: number
  /** Those of them in which the path swallowed the events. */
  readonly mutes: number
  /** Probes in a row that led to nothing lasting. */
  readonly probes: number
  readonly firstEventAt: number | undefined
  readonly lastEventAt: number | undefined
  readonly heartbeatMs: number

  /** How the session is polled while no stream is proven; `once` asks a single question. */
  readonly polling: 'off' | 'once' | 'poll' | 'wait'
  readonly asking: boolean
  /** Counts the polls, as `streamNr` the streams. */
  readonly pollNr: number
  readonly pollSentAt: number
  readonly pollFailures: number
  readonly pollMs: number
  readonly etag: string | undefined
  /** Why polling is the fallback: to stay with, and not only the bridge to the next attempt. */
  readonly fallback: Reason | undefined
  /** The server refused the stream: only the server may allow it again, through `Playhead-Transport`. */
  readonly barred: boolean
  /** The server asked not to be asked for a stream before then. */
  readonly notBefore: number

  readonly readingTranscript: boolean
  readonly transcriptFailures: number
  /** The server counts words and gives none (`live-transcript` is off): they are asked for now and then, and at the end. */
  readonly wordsWithheld: boolean
  /** Why the last attempt, of either kind, came to nothing. */
  readonly reason: Reason | undefined
  /** When an event or an answer last came. */
  readonly newsAt: number | undefined
  readonly stale: boolean
  /** When each timer that runs is due. */
  readonly due: Readonly<Partial<Record<TimerName, number | undefined>>>
}

type Start = Pick<State, 'scope' | 'transport' | 'streamSupported' | 'wantsSegments' | 'status' | 'mutes'>

/** The state before anything happened. */
export function initialState(start: Start): State {
  return {
    ...start,
    life: 'idle',
    presence: 'shown',
    online: true,
    statuses: new Map(),
    segments: [],
    stream: 'closed',
    streamNr: 0,
    pollOnly: false,
    lastEventId: undefined,
    failures: 0,
    probes: 0,
    firstEventAt: undefined,
    lastEventAt: undefined,
    heartbeatMs: DEFAULT_HEARTBEAT_MS,
    polling: 'off',
    asking: false,
    pollNr: 0,
    pollSentAt: 0,
    pollFailures: 0,
    pollMs: DEFAULT_POLL_MS,
    etag: undefined,
    fallback: undefined,
    barred: false,
    notBefore: 0,
    readingTranscript: false,
    transcriptFailures: 0,
    wordsWithheld: false,
    reason: undefined,
    newsAt: undefined,
    stale: false,
    due: {},
  }
}

/** Sets a timer, or stops it. */
export function timer(state: State, name: TimerName, at?: number): State {
  return { ...state, due: { ...state.due, [name]: at } }
}

/** Whether news are wanted: it was asked for, and is not over. */
export function isFollowing({ life }: State): boolean {
  return life === 'open' || life === 'paused'
}
