import { post } from './http.ts'

/** Which stream is asked for; their events are in the API's documentation. */
export type Pattern = 'short' | 'large' | 'steady'

/** How a stream is asked for: as all requests are, or without an offer of compression. */
export type Variant = 'page' | 'identity'

/** How a stream ended: as it should; its connection stayed open; early; with silence; or it was left. */
export type End = 'whole' | 'open' | 'cut' | 'silent' | 'left'

/** An event: when it was sent, in ms since 1970 by the server's clock, and when it came, in ms since the request. */
export interface MeasuredEvent {
  readonly number: number
  readonly sent_at: number
  readonly arrived_ms: number
}

/** One request for a stream. Times ending in `_ms` are since it was sent. */
export interface MeasuredStream {
  readonly pattern: Pattern
  readonly variant: Variant
  readonly began_at: number
  readonly end: End
  readonly ended_ms: number
  /** 0: no response came. */
  readonly status: number
  readonly http_version: string
  readonly headers: Readonly<Record<string, string>>
  readonly head_ms: number | null
  readonly first_byte_ms: number | null
  readonly size_bytes: number
  readonly events: readonly MeasuredEvent[]
}

/** What the server received of a request. All of it goes back with what was measured. */
export interface Received {
  readonly http_version: string
  readonly server_time: number
}

/** What was measured of the way to this site, as the server takes it. */
export interface Measured {
  readonly url: string
  readonly probe: 'page'
  readonly streams: readonly MeasuredStream[]
  /** The status of small requests; 0: none was answered yet. */
  readonly login: number
  readonly headers: Readonly<Record<string, string>>
  /** Which headers were sent to see whether they arrive. */
  readonly sent: readonly string[]
  readonly received: Received | null
  readonly round_trips_ms: readonly number[]
  /** The server's clock less the browser's, and by how much this may be wrong. */
  readonly clock_ms: readonly [offset: number, error: number] | null
}

export interface Culprit {
  readonly id: string
  readonly name: string
  /** By what it is recognised; empty: it leaves no trace, so it may be there or not. */
  readonly recognised: string
  readonly change: string
  readonly where: string
  /** How to find out whether it is this one. */
  readonly apart: string
  readonly source: { readonly kind: 'tried' | 'vendor'; readonly of: string }
}

export interface Finding {
  readonly id: string
  readonly level: 'wrong' | 'note'
  readonly sentence: string
  /** The likeliest first. */
  readonly culprits: readonly Culprit[]
}

export interface ConnectionVerdict {
  readonly healthy: boolean
  readonly sentence: string
  readonly findings: readonly Finding[]
  readonly untested: readonly string[]
}

/** What is wrong with the way that was measured. */
export const judge = (measured: Measured) => post<ConnectionVerdict>('/doctor/verdict', measured)
