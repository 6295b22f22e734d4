import { type Check, array, bool, integer, number, oneOf, optional, orNull, shape, text, tuple } from './check.ts'
import { mergePatch } from './patch.ts'
import { MAX_HEARTBEAT_MS, MIN_HEARTBEAT_MS, clamp } from './timing.ts'
import type { Segment, SessionStatus, Stage } from './status.ts'

// Unknown fields are dropped, because the contract may add some within a protocol version.
// A null in a patch removes a field, so a field that may be null may be absent, too.

const nullableNumber = orNull(number)

/** Checks a status document. @throws if it is not one. */
export const parseStatus: Check<SessionStatus> = shape({
  session_id: text,
  version: integer,
  attempt: integer,
  state: oneOf('uploading', 'queued', 'processing', 'completed', 'failed', 'canceled'),
  stage: text as Check<Stage>,
  progress: nullableNumber,
  message: text,
  position_s: nullableNumber,
  duration_s: nullableNumber,
  speed: nullableNumber,
  eta_s: nullableNumber,
  eta_range_s: orNull(tuple(number, number)),
  queue_position: nullableNumber,
  segments: integer,
  retry_in_s: nullableNumber,
  error: orNull(shape({ code: text, message: text, retryable: bool, debug_id: text })),
  updated_at: text,
})

const parseList = shape({ sessions: array(shape({ status: parseStatus })) })

/** Checks a status document, or a page of sessions that each hold one. @throws if it is neither. */
export function parseStatuses(payload: unknown): readonly SessionStatus[] {
  const isPage = typeof payload === 'object' && payload !== null && 'sessions' in payload
  return isPage ? parseList(payload).sessions.map(({ status }) => status) : [parseStatus(payload)]
}

const parseTranscript = shape({
  segments: array(shape<Segment>({ index: integer, start_s: number, end_s: number, text })),
})

/** Checks a transcript, or a part of one. @throws if it is not one. */
export function parseSegments(payload: unknown): readonly Segment[] {
  return parseTranscript(payload).segments
}

const time: Check<number> = (value) => Date.parse(orNull(text)(value) ?? '')
const parseHello = shape({ heartbeat_s: number, server_time: time })
const parseHeartbeat = shape({ server_time: time })
const parseGoodbye: Check<Goodbye> = shape({
  reason: text,
  next: optional(text, 'poll'),
  retry_after_ms: nullableNumber,
})

/** The data of a goodbye: why the stream ended, and what the client does next. */
export interface Goodbye {
  readonly reason: string
  readonly next: string
  readonly retry_after_ms: number | null
}

/** A checked event of a stream. A `patch` becomes the status that it makes; `sentAt` is NaN if it is absent. */
export type StreamEvent =
  | { readonly name: 'hello'; readonly heartbeatMs: number; readonly sentAt: number }
  | { readonly name: 'status'; readonly status: SessionStatus }
  | { readonly name: 'segments'; readonly segments: readonly Segment[] }
  | { readonly name: 'heartbeat'; readonly sentAt: number }
  | { readonly name: 'goodbye'; readonly goodbye: Goodbye }

/** The names of the events. Heartbeats are events, because `EventSource` does not show comments. */
export const STREAM_EVENTS = ['hello', 'status', 'patch', 'segments', 'heartbeat', 'goodbye'] as const

export type StreamEventName = (typeof STREAM_EVENTS)[number]

/** Checks one event of a stream. @throws if it does not match the contract. */
export type ReadEvent = (name: StreamEventName, data: string) => StreamEvent

/** Makes the decoder of one connection: patches apply to the last status of this connection. */
export function createEventReader(): ReadEvent {
  let last: SessionStatus | undefined
  return (name, data) => {
    const event = parseEvent(name, data, last)
    if (event.name === 'status') last = event.status
    return event
  }
}

function parseEvent(name: StreamEventName, data: string, last: SessionStatus | undefined): StreamEvent {
  const payload: unknown = JSON.parse(data)
  switch (name) {
    case 'hello': {
      const { heartbeat_s, server_time } = parseHello(payload)
      return { name, heartbeatMs: clamp(heartbeat_s * 1000, MIN_HEARTBEAT_MS, MAX_HEARTBEAT_MS), sentAt: server_time }
    }
    case 'status':
      return { name, status: parseStatus(payload) }
    case 'patch':
      return { name: 'status', status: parsePatch(payload, last) }
    case 'segments':
      return { name, segments: parseSegments(payload) }
    case 'heartbeat':
      return { name, sentAt: parseHeartbeat(payload).server_time }
    case 'goodbye':
      return { name, goodbye: parseGoodbye(payload) }
  }
}

function parsePatch(payload: unknown, last: SessionStatus | undefined): SessionStatus {
  if (last === undefined) throw new Error('A patch came before any status.')
  const status = parseStatus(mergePatch(last, payload))
  if (status.version <= last.version) throw new Error('A patch led to no newer version.')
  return status
}

/** The server's choice of transport, from the header `Playhead-Transport`: `poll; reason=flag_off`. */
export interface Transport {
  readonly mode: 'stream' | 'wait' | 'poll'
  readonly reason: string
}

/** Parses `Playhead-Transport`; undefined if it is absent or names an unknown mode. */
export function parseTransport(header: string | null): Transport | undefined {
  const match = /^\s*(stream|wait|poll)\s*(?:;\s*reason=([\w-]+))?/.exec(header ?? '')
  if (match === null) return undefined
  return { mode: match[1] as Transport['mode'], reason: match[2] ?? 'unknown' }
}

/** Parses `Retry-After`, seconds or a date, to milliseconds from now. */
export function parseRetryAfter(header: string | null, now: number): number | undefined {
  if (header === null || header.trim() === '') return undefined
  const seconds = Number(header)
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(header) - now
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined
}
