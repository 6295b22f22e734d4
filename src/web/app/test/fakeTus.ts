import { act, waitFor } from '@testing-library/react'
import { expect, vi } from 'vitest'
import type { Session } from '../src/api/types.ts'
import { forgetRemembered, rememberedOf } from '../src/lib/remembered.ts'
import { ADA, type service, sessionOf } from './service.tsx'
import { statusOf } from './status.ts'

const QUEUED = { attempt: 0, state: 'queued', stage: 'queued', progress: null, queue_position: 1 } as const
const COMING = { attempt: 0, state: 'uploading', stage: 'uploading', position_s: null, eta_s: null } as const

type Refusal = readonly [status: number, body: unknown, headers?: Readonly<Record<string, string>>]

/** A request with a part of a file, which waits for the test to say what becomes of it. */
export class Part {
  constructor(
    readonly id: string,
    readonly filename: string,
    readonly offset: number,
    readonly bytes: number,
    readonly method: string,
    private readonly request: FakeRequest,
    private readonly server: TusServer,
  ) {}

  get isAborted() {
    return this.request.isAborted
  }

  /** The network has taken so much of it. */
  sent(bytes: number) {
    return act(async () => void this.request.progress(bytes))
  }

  /** The server has taken all of it, or less, and says so; of the last byte it makes a session that waits. */
  take(bytes = this.bytes, session?: Session) {
    return act(async () => {
      const offset = this.server.store(this.id, this.offset + bytes, session)
      this.request.answer(204, '', { 'Upload-Offset': `${offset}` })
    })
  }

  /** The connection fails after the server has taken so much: the browser says nothing more. */
  cut(bytes = 0) {
    return act(async () => {
      if (bytes > 0) {
        this.request.progress(bytes)
        this.server.store(this.id, this.offset + bytes)
      }
      this.request.fail()
    })
  }

  answer(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}) {
    return act(async () => void this.request.answer(status, typeof body === 'string' ? body : JSON.stringify(body), headers))
  }
}

/** Keeps uploads in memory by the rules of tus 1.0, beside a service whose sessions they become. */
export class TusServer {
  readonly parts: Part[] = []
  /** What was said of each file as it was begun. */
  readonly begun: Readonly<Record<string, string>>[] = []
  /** So many bytes of each are there. */
  readonly stored = new Map<string, number>()
  /** Answered in place of the next creation. */
  refuse: Refusal | 'unreachable' | 'lost' | undefined
  #count = 0

  constructor(private readonly sessions: ReturnType<typeof service>) {}

  session(id: string): Session | undefined {
    return this.sessions.sessions.find((one) => one.id === id)
  }

  /** A session of which so much has arrived, as another tab or a page before a reload has left it. */
  leave(id: string, filename: string, size: number, stored: number): Session {
    const session = { ...sessionOf(id, filename, { ...COMING, progress: stored / size }), size_bytes: size }
    this.stored.set(id, stored)
    this.sessions.sessions = [session, ...this.sessions.sessions]
    return session
  }

  store(id: string, bytes: number, session?: Session): number {
    const known = this.session(id)
    if (known === undefined) return bytes
    this.stored.set(id, bytes)
    const isWhole = bytes === known.size_bytes
    const version = known.status.version + 1
    const next = session ?? { ...known, status: statusOf({ session_id: id, version, ...(isWhole ? QUEUED : { ...COMING, progress: bytes / known.size_bytes }) }) }
    this.sessions.sessions = this.sessions.sessions.map((one) => (one.id === id ? { ...next, id } : one))
    return bytes
  }

  receive(request: FakeRequest, body: Blob | null) {
    const { method, path, headers } = request
    const id = path.split('/').at(-1) ?? ''
    if (headers['X-Requested-With'] !== 'playhead' || headers['Tus-Resumable'] !== '1.0.0') return request.answer(412, '', {})
    if (path.endsWith('/uploads')) return this.#create(request)
    const stored = this.session(id) && this.stored.get(id)
    if (stored === undefined) return request.answer(404, '{"code":"not_found","detail":"Not here."}', {})
    if (method === 'HEAD') {
      return request.answer(200, '', { 'Upload-Offset': `${stored}`, 'Upload-Length': `${this.session(id)?.size_bytes}` })
    }
    const part = new Part(id, this.session(id)?.filename ?? '', Number(headers['Upload-Offset']), body?.size ?? 0, headers['X-HTTP-Method-Override'] === undefined ? method : 'override', request, this)
    this.parts.push(part)
    return undefined
  }

  #create(request: FakeRequest) {
    const { refuse } = this
    this.refuse = undefined
    if (refuse === 'unreachable') return request.fail()
    const metadata = Object.fromEntries(
      (request.headers['Upload-Metadata'] ?? '').split(',').map((pair) => {
        const [key = '', value = ''] = pair.split(' ')
        return [key, atob(value)]
      }),
    )
    this.begun.push(metadata)
    if (refuse !== undefined && refuse !== 'lost') {
      const [status, body, headers = {}] = refuse
      return request.answer(status, typeof body === 'string' ? body : JSON.stringify(body), headers)
    }
    const id = `s${++this.#count}`
    this.leave(id, metadata['filename'] ?? '', Number(request.headers['Upload-Length']), 0)
    if (refuse === 'lost') return request.fail()
    return request.answer(201, '', { Location: `/api/v1/uploads/${id}` })
  }
}

/** Stands for an `XMLHttpRequest`, as far as the library asks for it. */
class FakeRequest {
  static server: TusServer
  readonly upload: { onprogress?: (event: { lengthComputable: boolean; loaded: number }) => void } = {}
  readonly headers: Record<string, string> = {}
  onload = () => {}
  onerror: (event: Event) => void = () => {}
  method = ''
  path = ''
  status = 0
  responseText = ''
  isAborted = false
  #answered: Readonly<Record<string, string>> = {}

  open(method: string, url: string) {
    this.method = method
    this.path = new URL(url, 'http://test').pathname
  }

  setRequestHeader(name: string, value: string) {
    this.headers[name] = value
  }

  getResponseHeader(name: string): string | null {
    return this.#answered[name] ?? null
  }

  send(body: Blob | null) {
    queueMicrotask(() => this.isAborted || FakeRequest.server.receive(this, body))
  }

  abort() {
    this.isAborted = true
  }

  progress(loaded: number) {
    this.upload.onprogress?.({ lengthComputable: true, loaded })
  }

  answer(status: number, body: string, headers: Readonly<Record<string, string>>) {
    if (this.isAborted) return
    Object.assign(this, { status, responseText: body })
    this.#answered = headers
    this.onload()
  }

  fail() {
    if (!this.isAborted) this.onerror(new Event('error'))
  }
}

/** Puts a tus server beside the service, until the test ends. */
export async function tusServer(sessions: ReturnType<typeof service>) {
  // Nothing is stored here, and so it is kept until the page is left, which no test does.
  for (const { id } of await rememberedOf(ADA.id)) await forgetRemembered(id)
  const server = new TusServer(sessions)
  FakeRequest.server = server
  vi.stubGlobal('XMLHttpRequest', FakeRequest)
  /** The nth part that was sent, once it was. */
  const part = async (n: number): Promise<Part> => {
    await waitFor(() => expect(server.parts.length).toBeGreaterThanOrEqual(n))
    expect(server.parts).toHaveLength(n)
    const found = server.parts[n - 1]
    if (found === undefined) throw new Error('There is none')
    return found
  }
  return { server, part }
}
