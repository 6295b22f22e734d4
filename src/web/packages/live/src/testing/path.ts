import type { Job } from '../job.ts'
import type { ScriptedClock } from './clock.ts'
import type { FakeEventSource } from './eventSource.ts'
import { jobOf } from './examples.ts'
import type { FakeRequest, World } from './world.ts'

/** A response on its way. Each stage of a path passes one on to the next; the last is the page. */
export interface Passage {
  head(status: number, headers: Readonly<Record<string, string>>): void
  /** Sends a piece of the body. */
  send(text: string): void
  end(): void
  /** Breaks the connection. */
  cut(): void
}

/** What a proxy does to the response of one request, from when it is asked for. */
export type Behavior = (page: Passage, request: { readonly isStream: boolean; readonly clock: ScriptedClock }) => Passage

/** Between a page and the server, and back. */
const TRIP_MS = 40

/** The second event comes a second after the first, then each as `hello` says. */
const FIRST_HEARTBEAT_MS = 1_000
const HEARTBEAT_MS = 15_000

const TRANSPORT = { 'Playhead-Transport': 'stream; reason=flag_on', 'Playhead-Poll-After-Ms': '3000' }

/**
 * A server that keeps the contract for one job, behind a proxy: it answers all streams and requests of a world, each through
 * the behavior. `publish` changes the job.
 */
export class Path {
  job: Job = jobOf({ version: 1 })
  private readonly changed = new Set<() => void>()

  constructor(
    private readonly world: World,
    private readonly behavior: Behavior,
  ) {
    this.publish()
    world.server = {
      stream: (stream) => this.later(() => this.stream(stream)),
      request: (request) => this.later(() => this.answer(request)),
    }
  }

  /** Publishes a newer version. */
  publish(changes: Partial<Job> = {}): void {
    const updated_at = new Date(this.world.clock.date).toISOString()
    this.job = { ...this.job, updated_at, ...changes, version: this.job.version + 1 }
    for (const tell of this.changed) tell()
  }

  private later(run: () => void, ms = TRIP_MS) {
    return this.world.clock.after(ms, run)
  }

  private through(page: Passage, isStream: boolean): Passage {
    return this.behavior(page, { isStream, clock: this.world.clock })
  }

  private stream(stream: FakeEventSource): void {
    let isOpen = true
    const drop = () => {
      isOpen = false
      stream.drop()
    }
    const page: Passage = {
      head: (status, headers) => stream.respond(status, headers['Content-Type']),
      send: (text) => stream.closed || stream.send(text),
      end: drop,
      cut: drop,
    }
    const out = this.through(page, true)
    const emit = (name: string, data: object) => out.send(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`)
    const now = () => ({ server_time: new Date(this.world.clock.date).toISOString() })
    const leave = () => this.changed.delete(tell)
    const tell = () => {
      if (stream.closed || !isOpen) return void leave()
      emit('status', this.job)
      if (this.job.state !== 'completed') return
      emit('goodbye', { reason: 'final', next: 'none', retry_after_ms: null })
      leave()
      out.end()
    }
    const beat = () => {
      if (stream.closed || !isOpen || !this.changed.has(tell)) return void leave()
      emit('heartbeat', now())
      this.later(beat, HEARTBEAT_MS)
    }
    out.head(200, { 'Content-Type': 'text/event-stream' })
    emit('hello', { protocol: 1, heartbeat_s: HEARTBEAT_MS / 1_000, ...now() })
    this.changed.add(tell)
    this.later(beat, FIRST_HEARTBEAT_MS)
    tell()
  }

  private answer(request: FakeRequest): void {
    let status = 200
    let headers: Readonly<Record<string, string>> = {}
    let body = ''
    const page: Passage = {
      head: (code, given) => {
        status = code
        headers = given
      },
      send: (text) => {
        body += text
      },
      end: () => void (request.settled || this.later(() => void (request.settled || request.respond(status, body === '' ? undefined : JSON.parse(body), headers)))),
      cut: () => void (request.settled || request.fail()),
    }
    const out = this.through(page, false)
    const waitMs = Number(/^wait=(\d+)$/.exec(request.headers['Prefer'] ?? '')?.[1] ?? 0) * 1_000
    const etag = () => `"${this.job.version}"`
    const isHeld = waitMs > 0 && request.headers['If-None-Match'] === etag()
    const send = () => {
      stop()
      this.changed.delete(send)
      const isSame = request.headers['If-None-Match'] === etag()
      const time = isHeld ? {} : { 'Playhead-Server-Time': String(this.world.clock.date) }
      const applied = waitMs > 0 ? { 'Preference-Applied': `wait=${waitMs / 1_000}` } : {}
      out.head(isSame ? 304 : 200, { ETag: etag(), ...applied, ...time, ...TRANSPORT })
      if (!isSame) out.send(JSON.stringify(this.job))
      out.end()
    }
    const stop = this.later(send, isHeld ? waitMs : 0)
    if (waitMs > 0) this.changed.add(send)
  }
}
