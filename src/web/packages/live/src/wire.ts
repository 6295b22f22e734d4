import { type Check, nullableNumber, number, optional, orNull, shape, text } from './check.ts'
import { type LiveDocument, isNewer } from './job.ts'
import { mergePatch } from './patch.ts'
import { MAX_HEARTBEAT_MS, MIN_HEARTBEAT_MS, clamp } from './timing.ts'

// Unknown fields are dropped, because the contract may add some within a protocol version.
// A null in a patch removes a field, so a field that may be null may be absent, too.

const time: Check<number> = (value) => Date.parse(orNull(text)(value) ?? '')
const parseHello = shape({ heartbeat_s: number, server_time: time, telemetry: String })
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

/** A checked event of a stream. A `patch` becomes the document that it makes; `sentAt` is NaN if it is absent. `telemetry` is which reports
 * the server wants: `harms`, `off`, or all. */
export type StreamEvent =
  | { readonly name: 'hello'; readonly heartbeatMs: number; readonly sentAt: number; readonly telemetry: string }
  | { readonly name: 'status'; readonly job: LiveDocument }
  | { readonly name: 'heartbeat'; readonly sentAt: number }
  | { readonly name: 'goodbye'; readonly goodbye: Goodbye }
  /** An event of the companion. */
  | { readonly name: 'companion'; readonly event: unknown }

/** The names of the events. Heartbeats are events, because `EventSource` does not show comments. */
export const STREAM_EVENTS = ['hello', 'status', 'patch', 'heartbeat', 'goodbye'] as const

/** Checks one event of a stream. @throws if it does not match the contract. */
export type ReadEvent = (name: string, data: string) => StreamEvent

/** Checks what a server sends: a document, and the companion's events by name. @throws if it has another shape. */
export interface Parsers {
  readonly parse: (payload: unknown) => LiveDocument
  readonly events: Readonly<Record<string, (payload: unknown) => unknown>>
}

/** Makes the decoder of one connection: patches apply to the last document of this connection, as it was sent. */
export function createEventReader({ parse, events }: Parsers): ReadEvent {
  let last: { readonly payload: unknown; readonly job: LiveDocument } | undefined

  function take(payload: unknown): StreamEvent {
    const job = parse(payload)
    last = { payload, job }
    return { name: 'status', job }
  }

  function patched(patch: unknown): unknown {
    if (last === undefined) throw new Error('A patch came before any document.')
    const payload = mergePatch(last.payload, patch)
    if (!isNewer(parse(payload), last.job)) throw new Error('A patch led to no newer version.')
    return payload
  }

  return (name, data) => {
    const payload: unknown = JSON.parse(data)
    switch (name) {
      case 'hello': {
        const { heartbeat_s, server_time, telemetry } = parseHello(payload)
        return { name, heartbeatMs: clamp(heartbeat_s * 1000, MIN_HEARTBEAT_MS, MAX_HEARTBEAT_MS), sentAt: server_time, telemetry }
      }
      case 'status':
        return take(payload)
      case 'patch':
        return take(patched(payload))
      case 'heartbeat':
        return { name, sentAt: parseHeartbeat(payload).server_time }
      case 'goodbye':
        return { name, goodbye: parseGoodbye(payload) }
      default:
        return { name: 'companion', event: events[name]?.(payload) }
    }
  }
}

/** The server's choice of transport, from the header `Playhead-Transport`: `poll; reason=flag_off`. */
export interface Transport {
  readonly mode: 'stream' | 'wait' | 'poll'
  readonly reason: string
  /** Whether a stream is opened on another origin, by a ticket. */
  readonly byTicket: boolean
}

/** Parses `Playhead-Transport`; undefined if it is absent or names an unknown mode. */
export function parseTransport(header: string | null): Transport | undefined {
  const match = /^\s*(stream|wait|poll)\s*(?:;\s*reason=([\w-]+))?\s*(;\s*via=ticket\b)?/.exec(header ?? '')
  if (match === null) return undefined
  return { mode: match[1] as Transport['mode'], reason: match[2] ?? 'unknown', byTicket: !!match[3] }
}

/** Parses `Retry-After`, seconds or a date, to milliseconds from now. */
export function parseRetryAfter(header: string | null, now: number): number | undefined {
  if (header === null || header.trim() === '') return undefined
  const seconds = Number(header)
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(header) - now
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined
}
