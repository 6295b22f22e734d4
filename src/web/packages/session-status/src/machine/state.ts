import type { Presence } from '../env.ts'
import type { Segment, SessionStatus } from '../status.ts'
import { DEFAULT_HEARTBEAT_MS, DEFAULT_POLL_MS, STABLE_MS } from '../timing.ts'
import { type Flow, NO_FLOW } from './flow.ts'

/** Why the connection is as it is. The server's own words for its decisions, ours for what the browser found. */
export type Reason =
  // decided by the server
  | 'flag_off'
  | 'kill_switch'
  | 'flags_unavailable'
  | 'buffered'
  | 'at_capacity'
  | 'draining'
  | 'replaced'
  | 'max_age'
  | 'server'
  // decided here
  | 'unsupported'
  // by a person, or by the transport that was asked for
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
export const TIMERS = ['first', 'silence', 'ask', 'stream', 'poll', 'transcript', 'hide', 'stale'] as const
export type TimerName = (typeof TIMERS)[number]

/**
 * Everything known about one session, or all of a person's, and what should be going on because of it: which stream is
 * open, which request is under way, which timers run. Immutable; changed only by `reduce`, obeyed by the runner.
 */
export interface State {
  readonly scope: 'session' | 'list'
  readonly transport: TransportOption
  readonly life: 'idle' | 'open' | 'paused' | 'done' | 'failed'
  /** Why it is paused, or failed. */
  readonly lifeReason: Reason | undefined
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
  /** How long a stream must have delivered before those are forgiven: longer than the ones that fell silent. */
  readonly outliveMs: number
  /** Probes in a row that led to nothing lasting. */
  readonly probes: number
  /** No stream before then, by the server's wish or by our own patience. It outlasts pauses and refusals. */
  readonly notBefore: number
  /** These when something last came: what failed since may be the fault of a server that was away as a whole. */
  readonly record: StreamRecord
  /** Such an excuse is taken once, until a stream lasts. */
  readonly excused: boolean
  /** Why the last attempt came to nothing. */
  readonly streamReason: Reason | undefined
  readonly firstEventAt: number | undefined
  readonly lastEventAt: number | undefined
  readonly heartbeatMs: number
  /** What its events tell of the path. */
  readonly flow: Flow

  /** How the session is polled while no stream is proven; `once` asks a single question. */
  readonly polling: 'off' | 'once' | 'poll' | 'wait'
  readonly asking: boolean
  /** Counts the polls, as `streamNr` the streams. */
  readonly pollNr: number
  readonly pollSentAt: number
  readonly pollFailures: number
  /** Why the last poll came to nothing. */
  readonly pollReason: Reason | undefined
  /** The pace that the server set. */
  readonly pollMs: number
  /** How many times as slow it polls, because that was too fast for it. */
  readonly slowdown: number
  readonly etag: string | undefined
  /** Why polling is the fallback: to stay with, and not only the bridge to the next attempt. */
  readonly fallback: Reason | undefined
  /** The server refused the stream: only the server may allow it again, through `Playhead-Transport`. */
  readonly barred: boolean

  readonly readingTranscript: boolean
  readonly transcriptFailures: number
  /** When an event or an answer last came. */
  readonly newsAt: number | undefined
  readonly stale: boolean
  /** When each timer that runs is due. */
  readonly due: Readonly<Partial<Record<TimerName, number | undefined>>>
}

/** What is held against the stream. */
export type StreamRecord = Pick<State, 'failures' | 'mutes' | 'outliveMs' | 'probes' | 'notBefore'>

/** Nothing is. */
export const CLEAN: StreamRecord = { failures: 0, mutes: 0, outliveMs: STABLE_MS, probes: 0, notBefore: 0 }

type Start = Pick<State, 'scope' | 'transport' | 'streamSupported' | 'wantsSegments' | 'mutes' | 'outliveMs'>

/** The state before anything happened. */
export function initialState(start: Start): State {
  const record = { ...CLEAN, mutes: start.mutes, outliveMs: start.outliveMs }
  return {
    ...record,
    ...start,
    record,
    excused: false,
    life: 'idle',
    lifeReason: undefined,
    presence: 'shown',
    online: true,
    status: undefined,
    statuses: new Map(),
    segments: [],
    stream: 'closed',
    streamNr: 0,
    pollOnly: false,
    lastEventId: undefined,
    streamReason: undefined,
    firstEventAt: undefined,
    lastEventAt: undefined,
    heartbeatMs: DEFAULT_HEARTBEAT_MS,
    flow: NO_FLOW,
    polling: 'off',
    asking: false,
    pollNr: 0,
    pollSentAt: 0,
    pollFailures: 0,
    pollReason: undefined,
    pollMs: DEFAULT_POLL_MS,
    slowdown: 1,
    etag: undefined,
    fallback: undefined,
    barred: false,
    readingTranscript: false,
    transcriptFailures: 0,
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
