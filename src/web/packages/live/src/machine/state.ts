import type { Presence } from '../env.ts'
import type { LiveDocument } from '../job.ts'
import { DEFAULT_HEARTBEAT_MS, DEFAULT_POLL_MS, STABLE_MS } from '../timing.ts'
import { type Flow, NO_FLOW } from './flow.ts'

/** The reason of a connection's phase: from the server for its decisions, or from this package. */
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

/** `auto` streams if that works and polls otherwise, `stream` never polls for good, `poll` never streams. */
export type TransportOption = 'auto' | 'stream' | 'poll'

/** The timers of the machine. */
export const TIMERS = ['first', 'silence', 'ask', 'stream', 'poll', 'hide', 'stale'] as const
export type TimerName = (typeof TIMERS)[number]

/**
 * What is followed, a job or the list, and what must run for it: the stream, the requests and the timers. Immutable;
 * `reduce` makes the next one, and the runner carries it out.
 */
export interface State {
  readonly scope: 'job' | 'list'
  readonly transport: TransportOption
  readonly life: 'idle' | 'open' | 'paused' | 'done' | 'failed'
  /** Why it is paused, or failed. */
  readonly lifeReason: Reason | undefined
  readonly presence: Presence
  readonly online: boolean

  /** The document of a job. */
  readonly job: LiveDocument | undefined
  /** The documents of the list, by id. */
  readonly jobs: ReadonlyMap<string, LiveDocument>
  readonly idOf: (job: LiveDocument) => string

  /** `opening` until an event arrives; an open socket is not enough. */
  readonly stream: 'closed' | 'opening' | 'proven'
  /** Counts the attempts; the runner opens a new stream for each number. */
  readonly streamNr: number
  readonly streamSupported: boolean
  /** Whether a person chose polling; only `retryNow` ends it. */
  readonly pollOnly: boolean
  readonly lastEventId: string | undefined
  /** Failed attempts in a row. */
  readonly failures: number
  /** Those of them in which the path held events back. */
  readonly mutes: number
  /** How long a stream must deliver before those are reset: longer than the ones that stalled. */
  readonly outliveMs: number
  /** Probes in a row without a lasting stream. */
  readonly probes: number
  /** No stream before this time, set by the server or by our own backoff. Pauses and refusals do not change it. */
  readonly notBefore: number
  /** The failure counts at the last event or response: later failures may come from an outage of the whole server. */
  readonly record: StreamRecord
  /** Whether they were restored since the last lasting stream. */
  readonly excused: boolean
  /** Why the last attempt failed. */
  readonly streamReason: Reason | undefined
  readonly firstEventAt: number | undefined
  readonly lastEventAt: number | undefined
  readonly heartbeatMs: number
  /** The lag of its events. */
  readonly flow: Flow

  /** The kind of polling while no stream is proven; `once` is a single poll. */
  readonly polling: 'off' | 'once' | 'poll' | 'wait'
  readonly asking: boolean
  /** Counts the polls, as `streamNr` counts streams. */
  readonly pollNr: number
  readonly pollSentAt: number
  readonly pollFailures: number
  /** Why the last poll failed. */
  readonly pollReason: Reason | undefined
  /** The poll delay that the server set. */
  readonly pollMs: number
  /** The factor of the poll delay after 429s. */
  readonly slowdown: number
  readonly etag: string | undefined
  /** Why polling is the fallback; undefined if it only bridges the time to the next attempt. */
  readonly fallback: Reason | undefined
  /** Whether the server refused streams; only `Playhead-Transport` allows them again. */
  readonly barred: boolean

  /** When the last event or response came. */
  readonly lastAt: number | undefined
  readonly stale: boolean
  /** When each running timer is due. */
  readonly due: Readonly<Partial<Record<TimerName, number | undefined>>>
}

/** The failure counts of the stream. */
export type StreamRecord = Pick<State, 'failures' | 'mutes' | 'outliveMs' | 'probes' | 'notBefore'>

/** No failures. */
export const CLEAN: StreamRecord = { failures: 0, mutes: 0, outliveMs: STABLE_MS, probes: 0, notBefore: 0 }

type Start = Pick<State, 'scope' | 'transport' | 'streamSupported' | 'idOf' | 'mutes' | 'outliveMs'>

/** The first state. */
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
    job: undefined,
    jobs: new Map(),
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
    lastAt: undefined,
    stale: false,
    due: {},
  }
}

/** Sets a timer, or stops it. */
export function timer(state: State, name: TimerName, at?: number): State {
  return { ...state, due: { ...state.due, [name]: at } }
}

/** Whether it is followed: there are subscribers, and it is neither final nor failed. */
export function isFollowing({ life }: State): boolean {
  return life === 'open' || life === 'paused'
}
