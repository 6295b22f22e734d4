import type { Env, Presence } from '../env.ts'
import { ScriptedClock, settle } from './clock.ts'
import { FakeEventSource } from './eventSource.ts'

/** The body of a response that the test sends in pieces. */
export interface FakeBody {
  /** Sends a piece, cut anywhere. */
  send(text: string): Promise<void>
  /** Ends it. */
  end(): Promise<void>
  /** Breaks the connection. */
  cut(): Promise<void>
}

/** A request that waits for the test's response. */
export interface FakeRequest {
  readonly url: URL
  readonly init: RequestInit
  readonly headers: Readonly<Record<string, string>>
  readonly aborted: boolean
  /** Whether it has been answered to the end, failed or aborted. */
  readonly settled: boolean
  /** Answers it; from 400 on with a problem document, as the service does. */
  respond(code: number, body?: unknown, headers?: Record<string, string>): Promise<void>
  /** Answers it with an event stream, which is then sent by the test. Streams are requests of a client with `headers`. */
  stream(headers?: Record<string, string>): FakeBody
  /** Fails it, as a network error does. */
  fail(): Promise<void>
}

/** The state of the page and its device. */
interface Situation {
  presence: Presence
  online: boolean
}

/** An environment with its own clock, network and random numbers: `createLiveClient({ env: world.env })`. */
export class World implements Situation {
  readonly clock = new ScriptedClock()
  random = 0.5
  presence: Presence = 'shown'
  online = true
  protocol: string | undefined = 'http/1.1'
  /** The reports that were sent, and no requests: JSON by its address. */
  readonly reports: { readonly url: URL; readonly init: RequestInit; readonly body: Readonly<Record<string, unknown>> }[] = []
  /** How reports are answered: by a status, by an error of the network, or not at all. */
  reportsAnswered: number | 'lost' | 'never' = 202
  /** How far the server's clock is ahead, in its answers to reports. */
  serverAheadMs = 0
  /** The time from the request for a stream to its head, if the platform shows it. */
  connectMs: number | undefined
  /** Whether the person asks not to be tracked. */
  isPrivate = false
  /** What answers streams and requests in place of the test. */
  server: { stream(stream: FakeEventSource): void; request(request: FakeRequest): void } | undefined
  /** What the tab stores. */
  readonly memory = new Map<string, number>()
  /** All streams that were opened. */
  readonly streams: FakeEventSource[] = []
  /** All requests that were sent. */
  readonly requests: FakeRequest[] = []
  private readonly listeners = new Set<() => void>()

  readonly env: Env = {
    fetch: (url, init) => this.fetch(url, init),
    openEvents: (url) => {
      const stream = new FakeEventSource(new URL(url, 'http://test'), this.clock)
      this.streams.push(stream)
      this.server?.stream(stream)
      return stream
    },
    now: () => this.clock.time,
    date: () => this.clock.date,
    after: (ms, run) => this.clock.after(ms, run),
    nextFrame: (run) => this.clock.after(16, run),
    afterPaint: (run) => void this.clock.after(16, run),
    connectMs: () => this.connectMs,
    random: () => this.random,
    presence: () => this.presence,
    isOnline: () => this.online,
    onChange: (run) => {
      this.listeners.add(run)
      return () => this.listeners.delete(run)
    },
    protocol: () => this.protocol,
    isPrivate: () => this.isPrivate,
    memory: (key, value) => {
      if (value !== undefined) this.memory.set(key, value)
      return this.memory.get(key) ?? 0
    },
  }

  get time(): number {
    return this.clock.time
  }

  /** The newest one. */
  get stream(): FakeEventSource {
    return last(this.streams)
  }

  /** The newest one. */
  get request(): FakeRequest {
    return last(this.requests)
  }

  get statusRequests(): readonly FakeRequest[] {
    return this.requests.filter(({ url }) => url.pathname.endsWith('/status'))
  }

  get openStreams(): readonly FakeEventSource[] {
    return this.streams.filter(({ closed }) => !closed)
  }

  get openRequests(): readonly FakeRequest[] {
    return this.requests.filter(({ settled }) => !settled)
  }

  /** The number of open timers, listeners, streams and requests. */
  get pending(): number {
    return this.clock.pending + this.listeners.size + this.openStreams.length + this.openRequests.length
  }

  /** Changes the page's visibility or network. */
  change(to: Partial<Situation>): void {
    Object.assign(this, to)
    for (const listener of this.listeners) listener()
  }

  /** Lets time pass. */
  advance(ms: number): Promise<void> {
    return this.clock.advance(ms)
  }

  private fetch(url: string, init: RequestInit): Promise<Response> {
    if (init.keepalive) {
      this.reports.push({ url: new URL(url, 'http://test'), init, body: JSON.parse(String(init.body)) as Record<string, unknown> })
      if (this.reportsAnswered === 'never') return new Promise(() => {})
      if (this.reportsAnswered === 'lost') return Promise.reject(new TypeError('Failed to fetch'))
      const headers = { 'Playhead-Server-Time': String(this.clock.date + this.serverAheadMs) }
      return Promise.resolve(new Response(null, { status: this.reportsAnswered, headers }))
    }
    return new Promise((resolve, reject) => {
      const request = {
        url: new URL(url, 'http://test'),
        init,
        headers: init.headers as Record<string, string>,
        aborted: false,
        settled: false,
        respond(code: number, body?: unknown, headers: Record<string, string> = {}) {
          request.settled = true
          const type = code < 400 ? 'application/json' : 'application/problem+json'
          const sent = { 'Content-Type': type, ...headers }
          resolve(new Response(body === undefined ? null : JSON.stringify(body), { status: code, headers: sent }))
          return settle()
        },
        stream(headers: Record<string, string> = {}) {
          const { readable, writable } = new TransformStream<string, string>()
          const writer = writable.getWriter()
          init.signal?.addEventListener('abort', () => void writer.abort(init.signal?.reason).catch(() => {}))
          const body = readable.pipeThrough(new TextEncoderStream())
          resolve(new Response(body, { headers: { 'Content-Type': 'text/event-stream', ...headers } }))
          const then = (done: Promise<void>, isLast: boolean) => {
            request.settled ||= isLast
            // After an abort nobody reads what is sent.
            done.catch(() => {})
            return settle()
          }
          return {
            send: (text: string) => then(writer.write(text), false),
            end: () => then(writer.close(), true),
            cut: () => then(writer.abort(new TypeError('network error')), true),
          }
        },
        fail() {
          request.settled = true
          reject(new TypeError('Failed to fetch'))
          return settle()
        },
      }
      init.signal?.addEventListener('abort', () => {
        request.aborted = true
        request.settled = true
        reject(new DOMException('aborted', 'AbortError'))
      })
      this.requests.push(request)
      this.server?.request(request)
    })
  }
}

function last<T>(items: readonly T[]): T {
  const item = items.at(-1)
  if (item === undefined) throw new Error('there is none yet')
  return item
}
