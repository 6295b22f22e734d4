import { setImmediate } from 'node:timers/promises'
import type { Env, EventStream, Presence } from '../src/env.ts'
import type { SessionStatus } from '../src/status.ts'

/** An `EventSource` that does nothing by itself. */
export class FakeStream implements EventStream {
  readonly listeners = new Map<string, Set<(event: { data?: unknown }) => void>>()
  closed = false

  constructor(readonly url: URL) {}

  addEventListener(name: string, listener: (event: { data?: unknown }) => void) {
    this.listeners.set(name, (this.listeners.get(name) ?? new Set()).add(listener))
  }

  close() {
    this.closed = true
  }

  /** Delivers an event; a string goes as it is. */
  emit(name: string, data: unknown = {}) {
    const text = typeof data === 'string' ? data : JSON.stringify(data)
    for (const listener of this.listeners.get(name) ?? []) listener({ data: text })
  }

  hello(heartbeat_s = 15) {
    this.emit('hello', { protocol: 1, heartbeat_s, max_age_s: 600 })
  }

  fail() {
    for (const listener of this.listeners.get('error') ?? []) listener({})
  }
}

/** A request that waits for the test to answer it. */
export interface FakeRequest {
  readonly url: URL
  readonly headers: Record<string, string>
  readonly aborted: boolean
  readonly answered: boolean
  respond(code: number, body?: unknown, headers?: Record<string, string>): Promise<void>
  fail(): Promise<void>
}

/** Lets everything that is ready to run, run; no time passes on the fake clock. */
export const settle = () => setImmediate()

/** A world with its own clock, network and luck. */
export class World {
  time = 0
  random = 0.5
  online = true
  presence: Presence = 'shown'
  protocol = 'http/1.1'
  reducedMotion = false
  readonly memory = new Map<string, number>()
  readonly streams: FakeStream[] = []
  readonly requests: FakeRequest[] = []
  private readonly timers = new Map<object, { at: number; run: () => void }>()
  private readonly listeners = new Set<() => void>()

  readonly env: Env = {
    fetch: (url, init) => this.fetch(url, init),
    openEvents: (url) => {
      const stream = new FakeStream(new URL(url, 'http://test'))
      this.streams.push(stream)
      return stream
    },
    now: () => this.time,
    date: () => Date.UTC(2026, 10, 23) + this.time,
    after: (ms, run) => this.after(ms, run),
    nextFrame: (run) => this.after(16, run),
    random: () => this.random,
    presence: () => this.presence,
    isOnline: () => this.online,
    onChange: (run) => {
      this.listeners.add(run)
      return () => this.listeners.delete(run)
    },
    protocol: () => this.protocol,
    memory: (key, value) => {
      if (value !== undefined) this.memory.set(key, value)
      return this.memory.get(key) ?? 0
    },
    reducedMotion: () => this.reducedMotion,
  }

  get stream(): FakeStream {
    return last(this.streams)
  }

  get request(): FakeRequest {
    return last(this.requests)
  }

  get statusRequests(): FakeRequest[] {
    return this.requests.filter(({ url }) => url.pathname.endsWith('/status'))
  }

  get transcriptRequests(): FakeRequest[] {
    return this.requests.filter(({ url }) => url.pathname.endsWith('/transcript'))
  }

  get openStreams(): FakeStream[] {
    return this.streams.filter(({ closed }) => !closed)
  }

  /** Everything that would still happen by itself. */
  get pending(): number {
    return this.timers.size + this.listeners.size + this.openStreams.length
  }

  /** Shows, hides or puts away the page, or takes its network. */
  change(to: Partial<Pick<World, 'presence' | 'online'>>) {
    Object.assign(this, to)
    for (const listener of this.listeners) listener()
  }

  /** Lets time pass, timer by timer. */
  async advance(ms: number) {
    const end = this.time + ms
    for (;;) {
      const due = [...this.timers].filter(([, { at }]) => at <= end).toSorted(([, a], [, b]) => a.at - b.at)[0]
      if (due === undefined) break
      const [key, { at, run }] = due
      this.timers.delete(key)
      this.time = at
      run()
      await settle()
    }
    this.time = end
    await settle()
  }

  private after(ms: number, run: () => void) {
    const key = {}
    this.timers.set(key, { at: this.time + ms, run })
    return () => void this.timers.delete(key)
  }

  private fetch(url: string, init: RequestInit): Promise<Response> {
    return new Promise((resolve, reject) => {
      const request = {
        url: new URL(url, 'http://test'),
        headers: init.headers as Record<string, string>,
        aborted: false,
        answered: false,
        respond(code: number, body?: unknown, headers?: Record<string, string>) {
          request.answered = true
          const text = body === undefined ? null : JSON.stringify(body)
          resolve(new Response(text, { status: code, headers: headers ?? {} }))
          return settle()
        },
        fail() {
          request.answered = true
          reject(new TypeError('Failed to fetch'))
          return settle()
        },
      }
      init.signal?.addEventListener('abort', () => {
        request.aborted = true
        request.answered = true
        reject(new DOMException('aborted', 'AbortError'))
      })
      this.requests.push(request)
    })
  }
}

function last<T>(items: readonly T[]): T {
  const item = items.at(-1)
  if (item === undefined) throw new Error('there is none yet')
  return item
}

/** A status in the middle of its way. */
export function statusOf(changes: Partial<SessionStatus> = {}): SessionStatus {
  return {
    session_id: 's1',
    version: 1_000_001,
    attempt: 1,
    state: 'processing',
    stage: 'transcribing',
    progress: 0.4,
    message: 'Transcribing: 4:00 of 10:00',
    position_s: 240,
    duration_s: 600,
    speed: 7,
    eta_s: 50,
    eta_range_s: [40, 60],
    queue_position: null,
    segments: 0,
    retry_in_s: null,
    error: null,
    updated_at: '2026-11-23T16:20:08.123Z',
    ...changes,
  }
}

export const completed = (changes: Partial<SessionStatus> = {}) =>
  statusOf({ version: 1_000_099, state: 'completed', stage: 'completed', progress: 1, ...changes })

export const segment = (index: number) => ({
  index,
  start_s: index * 5,
  end_s: index * 5 + 5,
  text: `words ${index}`,
})

export const segmentsEvent = (...indices: number[]) => ({ from: indices[0], segments: indices.map(segment) })
