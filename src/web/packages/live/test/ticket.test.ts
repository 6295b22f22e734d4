import { expect, test } from 'vitest'
import { type ClientOptions, type Job, createLiveClient } from '../src/index.ts'
// What reads streams by ticket is loaded with the first; here it is there from the start.
import '../src/ticket.ts'
// And what measures.
import '../src/telemetry/reporter.ts'
import { type FakeBody, type FakeRequest, World, jobOf, settle } from '../src/testing/index.ts'
import { FRAME, OFF, ON, follow, says } from './follow.ts'

const BY_TICKET = says('stream; reason=flag_on; via=ticket')
const ORIGIN = 'https://streams.example.org'

/** Shorter than all delays of the package. */
const STEP_MS = 20

const isTicket = ({ url }: FakeRequest) => url.pathname === '/tickets'
const isPoll = ({ url }: FakeRequest) => url.pathname.endsWith('/status')
const isAway = ({ url }: FakeRequest) => url.origin === ORIGIN

const event = (name: string, data: unknown, id = '') => `${id && `id: ${id}\n`}event: ${name}\ndata: ${JSON.stringify(data)}\n\n`
const hello = ({ clock }: World) => event('hello', { heartbeat_s: 15, server_time: new Date(clock.date).toISOString() })
const beat = ({ clock }: World) => event('heartbeat', { server_time: new Date(clock.date).toISOString(), version: 1 })

/** A server that refuses streams without a ticket; `away` answers those with one, and each ticket has its number. */
class Server {
  readonly world = new World()
  transport = BY_TICKET
  version = 1
  tickets: 'issued' | 'never' | number = 'issued'
  away: (request: FakeRequest) => void = (request) => void this.bodies.push(request.stream())
  readonly bodies: FakeBody[] = []

  constructor() {
    this.world.server = {
      stream: (stream) => void this.world.clock.after(1, () => stream.respond(204)),
      request: (request) => void this.world.clock.after(1, () => void this.answer(request)),
    }
  }

  follow(options: ClientOptions<Job, undefined> = {}, id = 'j1') {
    const client = createLiveClient({ env: this.world.env, ticketUrl: '/tickets', ...options })
    return follow({}, this.world, id, client)
  }

  of(kind: (request: FakeRequest) => boolean): FakeRequest[] {
    return this.world.requests.filter(kind)
  }

  /** Lets time pass in steps, in which what is loaded arrives. */
  async pass(ms: number, isOver = () => false): Promise<void> {
    for (const end = this.world.time + ms; this.world.time < end && !isOver(); await settle()) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await this.world.advance(Math.min(STEP_MS, end - this.world.time))
    }
  }

  /** Lets time pass until then, 30 s at most. */
  async until(isOver: () => boolean): Promise<void> {
    await this.pass(30_000, isOver)
    expect(isOver()).toBe(true)
  }

  /** Waits for a stream by ticket. */
  async stream(number = 1): Promise<FakeBody> {
    await this.until(() => this.bodies.length >= number)
    return this.bodies.at(-1) as FakeBody
  }

  private answer(request: FakeRequest) {
    if (request.settled) return
    if (isAway(request)) return this.away(request)
    if (request.url.pathname.endsWith('/stream')) return request.respond(204)
    if (isPoll(request)) {
      const body = request.url.pathname === '/status' ? { cursor: '77', statuses: [jobOf({ version: this.version })] } : jobOf({ version: this.version })
      return request.respond(200, body, this.transport)
    }
    if (this.tickets === 'never') return undefined
    if (this.tickets !== 'issued') return request.respond(this.tickets, { code: 'refused' }, { 'Retry-After': '20' })
    const { session_id: id } = JSON.parse(String(request.init.body)) as { session_id: string | null }
    const url = `${ORIGIN}${id === null ? '' : `/jobs/${id}`}/status/stream`
    return request.respond(201, { ticket: `t${this.of(isTicket).length}`, url, expires_at: '2026-11-30T00:00:00Z' })
  }
}

async function live(server = new Server()) {
  const followed = server.follow()
  const body = await server.stream()
  await body.send(hello(server.world) + event('status', jobOf({ version: 1 }), '1'))
  await server.pass(1_000)
  await body.send(beat(server.world))
  await server.pass(FRAME)
  expect(followed.view.connection).toMatchObject({ phase: 'live', mode: 'stream' })
  return { server, world: server.world, followed, body }
}

test('a server that asks for it gets its streams on the other origin, by a ticket', async () => {
  const { server, world } = await live()
  const [asked, ...others] = server.of(isTicket)
  expect(others).toEqual([])
  expect(asked?.init).toMatchObject({ method: 'POST', credentials: 'include', body: '{"session_id":"j1"}' })
  expect(asked?.headers).toMatchObject({ 'Content-Type': 'application/json', 'X-Requested-With': 'playhead' })
  const [stream] = server.of(isAway)
  expect(`${stream?.url}`).toBe(`${ORIGIN}/jobs/j1/status/stream?patches=1&last_event_id=1&ticket=t1`)
  expect(stream?.init.credentials).toBe('omit')
  expect(stream?.headers).toEqual({ Accept: 'text/event-stream' })
  expect(world.streams).toHaveLength(1)
})

test('the list is streamed in the same way, for no job of its own', async () => {
  const server = new Server()
  server.follow({}, '*')
  await server.stream()
  expect(server.of(isTicket)[0]?.init.body).toBe('{"session_id":null}')
  expect(`${server.of(isAway)[0]?.url}`).toBe(`${ORIGIN}/status/stream?last_event_id=77&ticket=t1`)
})

test('each stream has a ticket of its own and goes on where the last one ended', async () => {
  const { server, world, body } = await live()
  await body.send(event('patch', { version: 8 }, '8'))
  await server.pass(10_000)
  await body.send(event('goodbye', { reason: 'max_age', next: 'stream', retry_after_ms: 0 }))
  await body.end()
  await server.stream(2)
  expect(server.of(isAway).map(({ url }) => url.searchParams.get('ticket'))).toEqual(['t1', 't2'])
  expect(server.of(isAway)[1]?.url.searchParams.get('last_event_id')).toBe('8')
  expect(world.streams, 'none is asked for on the old way').toHaveLength(1)
})

test('nobody waits: polls go on until the stream on the other way is proven', async () => {
  const server = new Server()
  const followed = server.follow()
  server.transport = says('wait; reason=buffered')
  await server.pass(4_000)
  server.transport = BY_TICKET
  const body = await server.stream()
  await body.send(hello(server.world) + event('status', jobOf({ version: 1 }), '1'))
  await server.pass(FRAME)
  expect(followed.view.connection).toMatchObject({ mode: 'poll' })
  await server.pass(600)
  await body.send(beat(server.world))
  await server.pass(FRAME)
  expect(followed.view.connection).toMatchObject({ phase: 'live', mode: 'stream' })
})

test('a refused ticket is replaced once, then it is a stream that failed, and never a loop', async () => {
  const server = new Server()
  server.away = (request) => void request.respond(401, { code: 'ticket_refused' })
  const followed = server.follow()
  await server.until(() => server.of(isAway).length >= 2)
  expect(server.of(isTicket)).toHaveLength(2)
  await server.pass(120_000)
  expect(followed.view.connection).toMatchObject({ phase: 'polling', connectionState: 'connected' })
  expect(server.of(isTicket).length, 'pairs, less and less often').toBeLessThan(20)
  expect(server.of(isTicket)).toHaveLength(server.of(isAway).length)
})

test('a ticket that was refused once costs nothing but a second one', async () => {
  const server = new Server()
  server.away = (request) => void (server.of(isAway).length === 1 ? request.respond(401, {}) : server.bodies.push(request.stream()))
  const followed = server.follow()
  const body = await server.stream()
  await body.send(hello(server.world) + event('status', jobOf({ version: 1 }), '1'))
  await server.pass(FRAME)
  expect(followed.view.connection).toMatchObject({ phase: 'live', attempt: 0 })
})

test.each([401, 403, 404, 500])('without a ticket, by %i, it polls, and the polls say why', async (code) => {
  const server = new Server()
  server.tickets = code
  const followed = server.follow()
  await server.pass(60_000)
  expect(followed.view.connection).toMatchObject({ phase: 'polling', mode: 'poll', connectionState: 'connected' })
  expect(server.of(isAway)).toEqual([])
  expect(server.of(isTicket).length).toBeLessThan(8)
})

test.each([429, 503])('a server that issues no ticket now, by %i, is asked after the time that it names', async (code) => {
  const server = new Server()
  server.tickets = code
  server.follow()
  await server.until(() => server.of(isTicket).length > 0)
  await server.pass(19_000)
  expect(server.of(isTicket)).toHaveLength(1)
  server.tickets = 'issued'
  await server.pass(5_000)
  expect(server.of(isTicket)).toHaveLength(2)
})

test('a mute stream on the other way is mute, and it waits by polls', async () => {
  const server = new Server()
  const followed = server.follow()
  await server.stream()
  await server.pass(60_000)
  expect(followed.view.connection).toMatchObject({ phase: 'polling', reason: 'mute' })
  expect(server.of(isTicket).length).toBeLessThan(6)
})

test('failures on the old way do not count on the new one, in either direction', async () => {
  const server = new Server()
  server.transport = ON
  const followed = server.follow()
  await server.pass(30_000)
  expect(followed.view.connection.attempt).toBeGreaterThan(1)
  server.transport = BY_TICKET
  await server.stream()
  expect(followed.view.connection.attempt).toBe(0)
  await server.pass(60_000)
  expect(followed.view.connection.attempt).toBeGreaterThan(0)
  server.transport = ON
  const before = server.world.streams.length
  await server.until(() => server.world.streams.length > before)
  expect(server.of(isTicket).length).toBeLessThan(6)
})

test('processes that disagree on the way get attempts on each less and less often', async () => {
  const server = new Server()
  server.tickets = 500
  server.follow()
  for (let end = server.world.time + 120_000; server.world.time < end; ) {
    const polled = server.of(isPoll).length
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await server.until(() => server.of(isPoll).length > polled)
    server.transport = server.transport === ON ? BY_TICKET : ON
  }
  expect(server.of(isPoll).length).toBeGreaterThan(20)
  expect(server.of(isTicket).length).toBeLessThan(8)
  expect(server.world.streams.length).toBeLessThan(8)
})

test('a stream that the server refuses on both ways is not asked for', async () => {
  const { server, body } = await live()
  server.transport = OFF
  await body.send(event('goodbye', { reason: 'flag_off', next: 'poll', retry_after_ms: 0 }))
  const asked = server.of(isTicket).length
  await server.pass(60_000)
  expect(server.of(isTicket)).toHaveLength(asked)
})

test('headers go with the request for a ticket, and not to the other origin', async () => {
  const server = new Server()
  const followed = server.follow({ headers: { Authorization: 'Bearer t' } })
  await server.stream()
  expect(server.of(isTicket)[0]).toMatchObject({ headers: { Authorization: 'Bearer t' }, init: { credentials: 'same-origin' } })
  expect(server.of(isAway)[0]).toMatchObject({ headers: { Accept: 'text/event-stream' }, init: { credentials: 'omit' } })
  followed.stop()
})

test('without an address for tickets none is asked for', async () => {
  const server = new Server()
  const followed = server.follow({ ticketUrl: undefined })
  await server.pass(60_000)
  expect(server.of(isTicket)).toEqual([])
  expect(followed.view.connection).toMatchObject({ phase: 'polling', mode: 'poll' })
})

test.each(['before the ticket has come', 'before the stream has begun', 'in the stream'])('a client that leaves %s leaves nothing behind', async (moment) => {
  const server = new Server()
  const { world } = server
  if (moment === 'before the stream has begun') server.away = () => {}
  if (moment === 'before the ticket has come') server.tickets = 'never'
  const followed = server.follow()
  const kind = moment === 'before the ticket has come' ? isTicket : isAway
  await server.until(() => server.of(kind).length > 0)
  if (moment === 'in the stream') await (await server.stream()).send(hello(world))
  followed.stop()
  await server.pass(3_000)
  expect(world.pending).toBe(0)
})

test('streams by ticket are reported as such, once proven and once mute', async () => {
  const server = new Server()
  const { reports } = server.world
  const total = (name: string) => reports.reduce((sum, { body }) => sum + Number(body[name]), 0)
  server.follow({ telemetryUrl: '/telemetry' })
  const body = await server.stream()
  await body.send(hello(server.world) + event('status', jobOf({ version: 1 }), '1'))
  await server.pass(1_000)
  await body.send(beat(server.world))
  await server.until(() => total('proven') > 0)
  expect([total('proven'), total('proven_by_ticket'), total('mutes')]).toEqual([1, 1, 0])
  await body.cut()
  await server.stream(2)
  await server.until(() => total('mutes') > 0)
  expect([total('mutes'), total('mutes_by_ticket'), total('stalls_by_ticket')]).toEqual([1, 1, 0])
})

test('no ticket is kept: neither in a poll, nor in what the tab stores', async () => {
  const { server, world } = await live()
  await server.pass(5_000)
  const kept = JSON.stringify([...world.memory, ...server.of(isPoll).map(({ url, headers }) => [`${url}`, headers])])
  expect(kept).not.toMatch(/t1/)
})
