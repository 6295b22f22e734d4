import type { EventStream } from '../env.ts'
import type { ScriptedClock } from './clock.ts'
import { StreamParser } from '../parser.ts'

type Listener = (event: { readonly type: string; readonly data?: string; readonly lastEventId?: string }) => void

/** The default wait of Chromium and WebKit before they reconnect; Firefox waits 5 s. */
const RECONNECT_MS = 3_000

/**
 * An `EventSource` whose server is the test. It behaves as real engines were measured to (`SCENARIOS`): nothing opens by
 * itself, an error shows only `readyState`, a lost connection is made again, a refusal is final.
 */
export class FakeEventSource implements EventStream {
  static readonly CONNECTING = 0
  static readonly OPEN = 1
  static readonly CLOSED = 2

  readyState = FakeEventSource.CONNECTING
  /** The number of connection attempts. */
  requests = 1
  /** The `Last-Event-ID` of the present request. */
  lastEventId = ''
  private readonly listeners = new Map<string, Set<Listener>>()
  private parser = new StreamParser()
  private retry = RECONNECT_MS
  private stopReconnect = () => {}

  constructor(
    readonly url: URL,
    private readonly clock: ScriptedClock,
  ) {}

  get closed(): boolean {
    return this.readyState === FakeEventSource.CLOSED
  }

  addEventListener(name: string, listener: Listener): void {
    this.listeners.set(name, (this.listeners.get(name) ?? new Set<Listener>()).add(listener))
  }

  removeEventListener(name: string, listener: Listener): void {
    this.listeners.get(name)?.delete(listener)
  }

  close(): void {
    this.readyState = FakeEventSource.CLOSED
    this.stopReconnect()
  }

  /** Receives the server's headers. Anything but an event stream with 200 ends the source for good. */
  respond(status = 200, contentType = 'text/event-stream'): void {
    if (this.closed) return
    if (status !== 200 || contentType.split(';')[0] !== 'text/event-stream') {
      this.readyState = FakeEventSource.CLOSED
      this.tell({ type: 'error' })
      return
    }
    this.readyState = FakeEventSource.OPEN
    this.tell({ type: 'open' })
  }

  /** Receives a piece of the body, cut anywhere. */
  send(text: string): void {
    for (const { name, data, lastEventId } of this.parser.read(text)) {
      // A listener may close the source between two events, and gets no more then.
      if (this.closed) return
      this.lastEventId = lastEventId
      this.tell({ type: name, data, lastEventId })
    }
    this.retry = this.parser.retry ?? this.retry
  }

  /** Ends the body or the network, which is the same to a page. An incomplete block is lost. */
  drop(): void {
    if (this.closed) return
    this.readyState = FakeEventSource.CONNECTING
    this.parser = new StreamParser(this.parser.lastEventId)
    this.lastEventId = this.parser.lastEventId
    this.stopReconnect = this.clock.after(this.retry, () => {
      this.requests += 1
    })
    this.tell({ type: 'error' })
  }

  /** Delivers an event; before the first one, the headers. A string is sent as it is, all else as JSON. */
  emit(name: string, data: unknown = {}, id?: string | number): void {
    if (this.readyState === FakeEventSource.CONNECTING) this.respond()
    const text = typeof data === 'string' ? data : JSON.stringify(data)
    this.send(`${id === undefined ? '' : `id: ${id}\n`}event: ${name}\ndata: ${text}\n\n`)
  }

  /** Delivers a `hello`, the first event of every stream, sent `lateMs` ago. */
  hello(heartbeat_s = 15, lateMs = 0): void {
    this.emit('hello', { protocol: 1, heartbeat_s, max_age_s: 600, server_time: this.serverTime(lateMs) })
  }

  /** Delivers a heartbeat, sent `lateMs` ago. */
  heartbeat(lateMs = 0): void {
    this.emit('heartbeat', { server_time: this.serverTime(lateMs) })
  }

  private serverTime(lateMs: number): string {
    return new Date(this.clock.date - lateMs).toISOString()
  }

  private tell(event: Parameters<Listener>[0]): void {
    for (const listener of this.listeners.get(event.type) ?? []) listener(event)
  }
}
