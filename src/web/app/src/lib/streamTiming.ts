import { StreamParser } from '@playhead/live/parser'
import type { End, MeasuredEvent, MeasuredStream, Pattern, Variant } from '../api/doctor.ts'

/** All headers of a response go to the server, which knows those that tell: of eight responses no more than the 64 KB it takes. */
const HEADERS_MOST = 40
const NAME_LENGTH = 64
const VALUE_LENGTH = 100
/** The longest stream that is read has 49. */
const EVENTS_MOST = 128

/** What is known of one stream so far, from its pieces and the times at which they came, in ms since the request. */
export class StreamTiming {
  /** Whether the stream has told that it is over. */
  isOver = false
  sizeBytes = 0
  private isEndedEarly = false
  private status = 0
  private httpVersion = ''
  private headers: Readonly<Record<string, string>> = {}
  private headMs: number | null = null
  private firstByteMs: number | null = null
  private readonly events: MeasuredEvent[] = []
  private readonly parser = new StreamParser()
  private readonly decoder = new TextDecoder()

  /** @param beganAt - when it was asked for, in ms since 1970. */
  constructor(
    readonly pattern: Pattern,
    readonly variant: Variant,
    private readonly beganAt: number,
  ) {}

  /** Whether the response is an event stream, and not what something on the way said in its place. */
  get isStream(): boolean {
    return isStream(this.status, this.headers)
  }

  noteHead(atMs: number, status: number, headers: Headers, httpVersion: string) {
    this.headMs = rounded(atMs)
    this.status = status
    this.headers = notedHeaders(headers)
    this.httpVersion = httpVersion
  }

  notePiece(atMs: number, piece: Uint8Array) {
    this.firstByteMs ??= rounded(atMs)
    this.sizeBytes += piece.length
    if (!this.isStream) return
    for (const { name, data } of this.parser.read(this.decoder.decode(piece, { stream: true }))) {
      if (name === 'goodbye') this.noteGoodbye(data)
      const sent = name === 'probe' ? probeOf(data) : undefined
      if (sent !== undefined && this.events.length < EVENTS_MOST) this.events.push({ ...sent, arrived_ms: rounded(atMs) })
    }
  }

  /** Before its last event the server ends a stream only for another reason, such as a newer one of the same person. */
  private noteGoodbye(data: string) {
    this.isOver = true
    this.isEndedEarly = fieldsOf(data)['reason'] !== 'final'
  }

  measured(end: End, endedMs: number): MeasuredStream {
    return {
      pattern: this.pattern,
      variant: this.variant,
      began_at: this.beganAt,
      end: this.isEndedEarly ? 'left' : end,
      ended_ms: rounded(endedMs),
      status: this.status,
      http_version: this.httpVersion,
      headers: this.headers,
      head_ms: this.headMs,
      first_byte_ms: this.firstByteMs,
      size_bytes: this.sizeBytes,
      events: [...this.events],
    }
  }
}

export function isStream(status: number, headers: Readonly<Record<string, string>>): boolean {
  return status === 200 && (headers['content-type'] ?? '').toLowerCase().startsWith('text/event-stream')
}

export function notedHeaders(headers: Headers): Readonly<Record<string, string>> {
  const all = [...headers].filter(([name]) => name.length <= NAME_LENGTH).slice(0, HEADERS_MOST)
  return Object.fromEntries(all.map(([name, value]) => [name, value.slice(0, VALUE_LENGTH)]))
}

/** To a tenth: browsers' clocks tell no more. */
export const rounded = (ms: number) => Math.round(Math.max(0, ms) * 10) / 10

function probeOf(data: string): { readonly number: number; readonly sent_at: number } | undefined {
  const { number, sent_at } = fieldsOf(data)
  return Number.isInteger(number) && Number.isFinite(sent_at) ? { number: number as number, sent_at: sent_at as number } : undefined
}

/** The fields of an event; none of what something on the way wrote into the stream. */
function fieldsOf(data: string): Readonly<Record<string, unknown>> {
  try {
    const fields: unknown = JSON.parse(data)
    return typeof fields === 'object' && fields !== null ? (fields as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}
