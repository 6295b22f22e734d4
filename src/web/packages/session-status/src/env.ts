/** Undoes what was asked for; calling it twice, or after the fact, is harmless. */
export type Undo = () => void

/** What is read of an event of a stream; an error has none of it. */
export interface StreamMessage {
  readonly data?: unknown
  readonly lastEventId?: string
}

/** The little of an `EventSource` that is used here. */
export interface EventStream {
  addEventListener(name: string, listener: (event: StreamMessage) => void): void
  close(): void
}

/** What the page is to its reader: in sight, in the background, or put away (frozen, left, kept for later). */
export type Presence = 'shown' | 'hidden' | 'away'

/** All that the package needs from the world. Tests pass their own; nothing else touches a global. */
export interface Env {
  /** As the platform's. Rejects where there was no answer. */
  fetch(url: string, init: RequestInit): Promise<Response>
  /** Absent where the platform has no `EventSource`: then sessions are polled. */
  openEvents?: ((url: string) => EventStream) | undefined
  /** Milliseconds on a clock that only moves forward: all times of the package are of this clock. */
  now(): number
  /** Wall-clock milliseconds, for what outlives the page and for `Retry-After` dates. */
  date(): number
  /** Runs once, in `ms` or soon after. */
  after(ms: number, run: () => void): Undo
  /** Runs before the next paint, or soon where nothing is painted. */
  nextFrame(run: () => void): Undo
  /** From 0 to 1. */
  random(): number
  presence(): Presence
  /** False only where it is certain that there is no network. */
  isOnline(): boolean
  /** Calls back whenever `presence` or `isOnline` may have changed. */
  onChange(run: () => void): Undo
  /** The protocol that an address was last reached by, such as `http/1.1` or `h2`; undefined if it is not known. */
  protocol(url: string): string | undefined
  /** What the tab remembers over a reload: undefined reads, anything else writes. */
  memory(key: string, value?: number): number
}
