/** Ends what the call began; further calls do nothing. */
export type Undo = () => void

/** The fields of a stream's event that are used. */
export interface StreamMessage {
  readonly data?: unknown
  readonly lastEventId?: string
  /** Of an `error`: the response that is no event stream. An `EventSource` does not show it. */
  readonly response?: Response | undefined
}

/** The part of `EventSource` that is used. */
export interface EventStream {
  addEventListener(name: string, listener: (event: StreamMessage) => void): void
  close(): void
}

/** The page's visibility: visible, hidden, or away (frozen, or in the back/forward cache). */
export type Presence = 'shown' | 'hidden' | 'away'

/** All that the package uses of the platform. Tests pass their own; nothing else reads a global. */
export interface Env {
  /** As the platform's. Rejects without a response. */
  fetch(url: string, init: RequestInit): Promise<Response>
  /** The same without the headers of `withHeaders`, for another origin. Absent: there are none. */
  readonly plainFetch?: Env['fetch'] | undefined
  /**
   * Opens an `EventSource`; absent if the platform has none, and then jobs are polled. The last event's id is in the query of
   * the address, too, because an `EventSource` cannot send it as a header.
   */
  openEvents?: ((url: string, lastEventId?: string | number) => EventStream) | undefined
  /** Whether each request has new credentials, so that those of an open stream may expire while the person is signed in. */
  readonly renewsCredentials?: boolean
  /** Milliseconds on a monotonic clock; all times of the package are of this clock. */
  now(): number
  /** Milliseconds on the wall clock, for stored times and for `Retry-After` dates. */
  date(): number
  /** Calls back once, in `ms` or soon after. */
  after(ms: number, run: () => void): Undo
  /** Calls back before the next paint, or soon if nothing is painted. */
  nextFrame(run: () => void): Undo
  /** Calls back after the next paint. Absent: after a frame and a message. Only measuring uses it. */
  afterPaint?: ((run: () => void) => void) | undefined
  /**
   * From the request to the head of the newest response of an address that began at `since` or later, in ms, if the platform shows
   * it. Absent: by Resource Timing. Only measuring uses it.
   */
  connectMs?: ((url: string, since: number) => number | undefined) | undefined
  /** A random number from 0 to 1. */
  random(): number
  presence(): Presence
  /** False only if there is certainly no network. */
  isOnline(): boolean
  /** Calls back whenever `presence` or `isOnline` may have changed. */
  onChange(run: () => void): Undo
  /** The protocol of the last response from an address, for example `http/1.1` or `h2`; undefined if there is none. */
  protocol(url: string): string | undefined
  /** Whether the person asks not to be tracked (Global Privacy Control); then nothing is reported. */
  isPrivate?(): boolean
  /** Reads (undefined) or writes a value that the tab keeps over a reload. */
  memory(key: string, value?: number): number
}
