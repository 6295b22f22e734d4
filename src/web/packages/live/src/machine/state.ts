import type { Presence } from '../env.ts'
import type { LiveDocument } from '../job.ts'
import { DEFAULT_HEARTBEAT_MS, DEFAULT_POLL_MS, STABLE_MS, WAIT_MS } from '../timing.ts'
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
export const TIMERS = ['firstEvent', 'silence', 'check', 'reopen', 'poll', 'hide', 'stale'] as const
export type TimerName = (typeof TIMERS)[number]

/**
 * What is followed, a job or the list, and what must run for it: the stream, the polls and the timers. Immutable; `reduce`
 * makes the next one, and the runner carries it out.
 */
export interface State {
  readonly scope: 'job' | 'list'
  readonly transport: TransportOption
  readonly idOf: (job: LiveDocument) => string
  /** Whether the platform has streams. */
  readonly streamSupported: boolean
  /** Whether the credentials of a stream may expire while the person is signed in. */
  readonly renewsCredentials: boolean
  /** Whether a person chose polling; only `retryNow` ends it. */
  readonly pollOnly: boolean
  readonly presence: Presence
  readonly online: boolean
  readonly life: 'idle' | 'open' | 'paused' | 'done' | 'failed'
  /** Why it is paused, or failed. */
  readonly lifeReason?: Reason | undefined

  /** The document of a job. */
  readonly job?: LiveDocument | undefined
  /** The documents of the list, by id. */
  readonly jobs: ReadonlyMap<string, LiveDocument>

  /** Whether streams are opened on another origin, by a ticket. */
  readonly byTicket: boolean
  readonly stream: Stream
  readonly poll: Poll
  /** The lag of the stream's events. */
  readonly flow: Flow
  readonly path: Path
  /** The path at the last event or response: later failures may come from an outage of the whole server. */
  readonly pathAtContact: Path
  /** The path of the other way, with or without a ticket: a server whose processes disagree resets no failures. */
  readonly pathAside: Path
  /** Whether that was restored since the last lasting stream. */
  readonly outageExcused: boolean

  /** When the last event or response came. */
  readonly lastAt?: number | undefined
  readonly stale: boolean
  /** When each running timer is due. */
  readonly due: Readonly<Partial<Record<TimerName, number | undefined>>>
}

/** The stream at the moment, and what is stored of those so far. */
export type Stream = StreamHistory & StreamKind

type StreamKind =
  | { readonly kind: 'closed' }
  /** No event has come, or only the first of a probe; an open socket is not enough. */
  | { readonly kind: 'opening'; readonly firstEventAt: number | undefined }
  | { readonly kind: 'live'; readonly firstEventAt: number; readonly lastEventAt: number }

/** What is stored of the streams so far. */
export interface StreamHistory {
  /** Counts the attempts; the runner opens a new stream for each number. */
  readonly nr: number
  /** Why the last attempt ended. */
  readonly reason?: Reason | undefined
  /** Of the list: where its stream goes on, and its polls. */
  readonly lastEventId?: string | undefined
  readonly heartbeatMs: number
}

/** How streams fared on the path to the server. */
export interface Path {
  /** Failed attempts in a row. */
  readonly failures: number
  /** Those of them in which the path held events back. */
  readonly silentFailures: number
  /** How long a stream must deliver before those are reset: longer than the ones that stalled. */
  readonly outliveMs: number
  /** Probes in a row without a lasting stream. */
  readonly failedProbes: number
  /** No stream before this time, set by the server or by our own backoff. Pauses and refusals do not change it. */
  readonly notBefore: number
}

/** The polls at the moment, and what is stored of those so far. */
export type Poll = PollHistory & PollKind

type PollKind =
  | { readonly kind: 'none'; readonly inFlight: false }
  /** A single poll, or polls that go on while no stream is live: `wait` if the server holds them until something changes. */
  | { readonly kind: 'once' | 'poll' | 'wait'; readonly inFlight: boolean }

/** What is stored of the polls so far. */
export interface PollHistory {
  /** Counts the polls, as that of the stream counts streams. */
  readonly nr: number
  readonly sentAt: number
  /** Failed polls in a row. */
  readonly failures: number
  /** Why the last one failed. */
  readonly reason?: Reason | undefined
  readonly etag?: string | undefined
  /** How long the last poll asked to be held, in ms; 0 for a short one. */
  readonly askedMs: number
  /** How long the next may be held: less after one was cut or answered from a cache, 0 after two. */
  readonly waitMs: number
  /** Whether the server prefers long polls to streams. */
  readonly preferred: boolean
  /** The poll delay that the server set. */
  readonly delayMs: number
  /** The factor of the poll delay after 429s. */
  readonly slowdown: number
  /** Why polling is the fallback; undefined if it only bridges the time to the next attempt. */
  readonly fallback?: Fallback | undefined
}

/** What took the place of streams. */
export interface Fallback {
  readonly reason: Reason
  /** Whether the server refused streams; only `Playhead-Transport` allows them again. */
  readonly refusedByServer: boolean
}

/** No polls. */
export const OFF = { kind: 'none', inFlight: false } as const

/** No failures. */
export const CLEAN: Path = { failures: 0, silentFailures: 0, outliveMs: STABLE_MS, failedProbes: 0, notBefore: 0 }

type Start = Pick<State, 'scope' | 'transport' | 'streamSupported' | 'renewsCredentials' | 'idOf' | 'path'>

/** The first state. */
export function initialState(start: Start): State {
  return {
    ...start,
    pathAtContact: start.path,
    pathAside: CLEAN,
    outageExcused: false,
    pollOnly: false,
    byTicket: false,
    presence: 'shown',
    online: true,
    life: 'idle',
    jobs: new Map(),
    stream: { kind: 'closed', nr: 0, heartbeatMs: DEFAULT_HEARTBEAT_MS },
    flow: NO_FLOW,
    poll: { ...OFF, waitMs: WAIT_MS, nr: 0, sentAt: 0, failures: 0, askedMs: 0, preferred: false, delayMs: DEFAULT_POLL_MS, slowdown: 1 },
    stale: false,
    due: {},
  }
}

/** Changes the stream: what is stored, its kind, or both. */
export function withStream(state: State, changes: Partial<StreamHistory> | (Partial<StreamHistory> & StreamKind)): State {
  return { ...state, stream: { ...state.stream, ...changes } as Stream }
}

/** Any kind but `none` may be set while a poll is in flight. */
type PollChanges = Partial<PollHistory> &
  (
    | { readonly kind?: never; readonly inFlight?: false }
    | { readonly kind: 'none'; readonly inFlight: false }
    | { readonly kind: 'once' | 'poll' | 'wait'; readonly inFlight?: boolean }
  )

/** Changes the polls. */
export function withPoll(state: State, changes: PollChanges): State {
  return { ...state, poll: { ...state.poll, ...changes } as Poll }
}

/** Changes what is stored of the path. */
export function withPath(state: State, changes: Partial<Path>): State {
  return { ...state, path: { ...state.path, ...changes } }
}

/** Sets a timer, or stops it. */
export function timer(state: State, name: TimerName, at?: number): State {
  return { ...state, due: { ...state.due, [name]: at } }
}

/** Whether it is followed: there are subscribers, and it is neither final nor failed. */
export function isFollowing({ life }: State): boolean {
  return life === 'open' || life === 'paused'
}
