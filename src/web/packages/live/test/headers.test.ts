import { expect, test, vi } from 'vitest'
import { type RequestHeaders, createLiveClient } from '../src/index.ts'
// The reader is loaded with the first stream; here it is there from the start.
import '../src/fetch.ts'
import { type FakeRequest, World, completedJob, jobOf, settle } from '../src/testing/index.ts'
import { FRAME, ON, follow } from './follow.ts'

const TOKEN = { Authorization: 'Bearer t1' }

function clientOf(headers: RequestHeaders, world = new World()) {
  const client = createLiveClient({ env: world.env, headers })
  return follow({}, world, 'j1', client)
}

/** Follows a job, and waits for the request of its stream. */
async function streaming(headers: RequestHeaders = TOKEN, world = new World()) {
  const followed = clientOf(headers, world)
  await vi.waitUntil(async () => (await settle(), world.requests.length > 0))
  return { ...followed, followed, world, request: world.request }
}

const event = (name: string, data: unknown, id = '') => `${id && `id: ${id}\n`}event: ${name}\ndata: ${JSON.stringify(data)}\n\n`
const hello = ({ clock }: World) => event('hello', { heartbeat_s: 15, server_time: new Date(clock.date).toISOString() })
const isStream = ({ url }: FakeRequest) => url.pathname.endsWith('/stream')

test('the stream is read by a request with the headers', async () => {
  const { followed, world, request } = await streaming()
  expect(world.streams).toHaveLength(0)
  expect(request.url.pathname).toBe('/jobs/j1/status/stream')
  expect(request.headers).toEqual({ Authorization: 'Bearer t1', Accept: 'text/event-stream' })
  const body = request.stream()
  await body.send(hello(world))
  const status = event('status', jobOf({ version: 5 }), '5')
  await body.send(status.slice(0, 40))
  await body.send(status.slice(40))
  await body.send(event('patch', { version: 6, progress: 0.5 }, '6'))
  await world.advance(FRAME)
  expect(followed.view).toMatchObject({ job: { version: 6, progress: 0.5 }, connection: { phase: 'live', mode: 'stream' } })
})

test('polls have the headers, and their own', async () => {
  const { world, client } = await streaming()
  client.pollOnly('j1')
  await world.advance(0)
  await world.request.respond(200, jobOf(), { ETag: '"1"' })
  await world.advance(3_000)
  expect(world.request.headers).toEqual({ Authorization: 'Bearer t1', Accept: 'application/json', 'If-None-Match': '"1"' })
})

test('a function is called again for each request', async () => {
  let tokens = 0
  const { world, request } = await streaming(async () => ({ Authorization: `Bearer t${(tokens += 1)}` }))
  await request.fail()
  await world.advance(0)
  await world.request.respond(200, jobOf(), ON)
  await world.advance(1_000)
  expect(world.requests.map(({ headers }) => headers['Authorization'])).toEqual(['Bearer t1', 'Bearer t2', 'Bearer t3'])
})

test('a reconnect names the last event', async () => {
  const { world, request } = await streaming()
  const body = request.stream()
  await body.send(hello(world) + event('status', jobOf({ version: 5 }), '5'))
  await body.end()
  await world.advance(0)
  expect(world.request.url.pathname).toBe('/jobs/j1/status')
  await world.request.respond(200, jobOf({ version: 6 }), ON)
  await world.advance(1_000)
  const again = world.requests.findLast(isStream)
  expect(again?.headers['Last-Event-ID']).toBe('6')
  expect(again?.url.searchParams.get('last_event_id')).toBe('6')
})

const SIGNED_OUT = event('goodbye', { reason: 'signed_out', next: 'none', retry_after_ms: null })

test.each([
  [200, 'retrying', 2],
  [401, 'failed', 1],
])('a stream whose token expires is followed by a poll with a new one, %i: %s', async (code, phase, streams) => {
  let tokens = 0
  const { followed, world, request } = await streaming(() => ({ Authorization: `Bearer t${(tokens += 1)}` }))
  const body = request.stream()
  await body.send(hello(world) + event('status', jobOf()))
  await world.advance(10_000)
  await body.send(SIGNED_OUT)
  await world.advance(FRAME)
  expect(followed.phase).toBe('retrying')
  expect(world.request).toMatchObject({ url: { pathname: '/jobs/j1/status' }, headers: { Authorization: 'Bearer t2' } })
  await world.request.respond(code, jobOf({ version: 2_000_000 }), ON)
  await world.advance(1_000)
  expect(world.requests.filter(isStream)).toHaveLength(streams)
  expect(followed.phase).toBe(phase)
})

test('a stream whose headers cannot be renewed ends with the sign-out', async () => {
  const { followed, world, request } = await streaming(TOKEN)
  await request.stream().send(hello(world) + SIGNED_OUT)
  expect(followed.view.connection).toMatchObject({ phase: 'failed', reason: 'signed_out' })
  expect(world.requests).toHaveLength(1)
})

test.each([
  [401, 'signed_out'],
  [403, 'forbidden'],
  [404, 'not_found'],
  [410, 'not_found'],
])('%i ends it without a poll', async (code, reason) => {
  const { followed, world, request } = await streaming()
  await request.respond(code, {})
  expect(followed.view.connection).toMatchObject({ phase: 'failed', reason })
  expect(world.requests).toHaveLength(1)
  expect(world.clock.pending).toBe(0)
})

test.each<[string, number, Record<string, string>, string]>([
  ['204 says that there is no stream', 204, {}, 'http'],
  ['404 without a problem document may be of a proxy', 404, { 'Content-Type': 'text/html' }, 'http'],
  ['a page in place of a stream', 200, { 'Content-Type': 'text/html' }, 'http'],
  ['502', 502, {}, 'http'],
  ['503', 503, {}, 'busy'],
])('%s: a poll asks, and it goes on', async (_, code, headers, reason) => {
  const { followed, world, request } = await streaming()
  await request.respond(code, undefined, headers)
  await world.advance(FRAME)
  expect(followed.view.connection).toMatchObject({ phase: 'retrying', reason })
  expect(world.statusRequests).toHaveLength(1)
  await world.request.respond(200, completedJob())
  expect(followed.phase).toBe('done')
})

test.each([429, 503])('%i with Retry-After puts the stream off', async (code) => {
  const { world, request } = await streaming()
  await request.respond(code, {}, { 'Retry-After': '20' })
  for (let seconds = 0; seconds < 19; seconds += 1) {
    await world.advance(1_000)
    for (const poll of world.openRequests) await poll.respond(200, jobOf())
  }
  expect(world.requests.filter(isStream)).toHaveLength(1)
  await world.advance(1_100)
  expect(world.requests.filter(isStream)).toHaveLength(2)
})

test('a stream that breaks is tried again, and one that ends too', async () => {
  for (const end of ['cut', 'end'] as const) {
    const { followed, world, request } = await streaming()
    const body = request.stream()
    await body.send(hello(world) + event('status', jobOf()))
    await world.advance(FRAME)
    expect(followed.phase).toBe('live')
    await body[end]()
    await world.advance(FRAME)
    expect(followed.view.connection).toMatchObject({ phase: 'retrying', reason: 'network' })
    await world.request.respond(200, jobOf(), ON)
    await world.advance(1_000)
    expect(world.requests.filter(isStream)).toHaveLength(2)
  }
})

test('the stream is aborted when nobody follows any more', async () => {
  const { followed, world, request } = await streaming()
  const body = request.stream()
  await body.send(hello(world))
  followed.stop()
  await world.advance(1_500)
  expect(request.aborted).toBe(true)
  await body.send(event('status', jobOf()))
  expect(world.pending).toBe(0)
})

test('a stream that is closed before its headers are there sends no request', async () => {
  const world = new World()
  let answer: (() => void) | undefined
  const followed = clientOf(() => new Promise((resolve) => (answer = () => resolve(TOKEN))), world)
  await vi.waitUntil(async () => (await settle(), answer !== undefined))
  followed.stop()
  await world.advance(1_500)
  answer?.()
  await settle()
  expect(world.requests).toHaveLength(0)
})

test('headers that fail are as a lost network', async () => {
  const world = new World()
  const followed = clientOf(async () => Promise.reject(new Error('no token')), world)
  await vi.waitUntil(async () => (await world.advance(20), followed.phase === 'retrying'))
  expect(followed.reason).toBe('network')
  expect(world.requests).toHaveLength(0)
})
