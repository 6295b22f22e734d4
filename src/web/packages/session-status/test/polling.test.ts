import { expect, test, vi } from 'vitest'
import { FRAME, follow, says } from './follow.ts'
import { requestStatus } from '../src/requests.ts'
import { World, statusOf } from '../src/testing/index.ts'

const OFF = says('poll; reason=flag_off')

async function polled() {
  const session = follow()
  session.world.stream.drop()
  await session.world.advance(0)
  await session.world.request.respond(200, statusOf({ version: 1 }), { ...OFF, ETag: '"1"' })
  return session
}

test('polls send the ETag, and 304 changes nothing', async () => {
  const session = await polled()
  await session.world.advance(FRAME)
  const before = session.view
  await session.world.advance(3_000)
  expect(session.world.requests).toHaveLength(2)
  expect(session.world.request.headers['If-None-Match']).toBe('"1"')
  await session.world.request.respond(304, undefined, { ...OFF, ETag: '"1"' })
  await session.world.advance(FRAME)
  expect(session.view).toBe(before)
  await session.world.advance(3_000)
  await session.world.request.respond(200, statusOf({ version: 2 }), { ...OFF, ETag: '"2"' })
  await session.world.advance(FRAME)
  expect(session.view.status?.version).toBe(2)
})

test('the body of a 304 is read', async () => {
  const world = new World()
  const answer = new Response(null, { status: 304 })
  const read = vi.spyOn(answer, 'text')
  const done = vi.fn()
  const env = { ...world.env, fetch: () => Promise.resolve(answer) }
  requestStatus(env, '/status', { etag: '"1"', polling: 'poll', life: 'open' }, done)
  await vi.waitFor(() => expect(done).toHaveBeenCalledWith(expect.objectContaining({ kind: 'ok', statuses: [] })))
  expect(read).toHaveBeenCalledOnce()
})

test('the server sets the poll delay', async () => {
  const session = await polled()
  await session.world.advance(3_000)
  await session.world.request.respond(304, undefined, { ...OFF, 'Playhead-Poll-After-Ms': '9000' })
  await session.world.advance(8_900)
  expect(session.view.connection.pollMs).toBe(9_000)
  expect(session.world.requests).toHaveLength(2)
  await session.world.advance(200)
  expect(session.world.requests).toHaveLength(3)
})

test('polls never overlap, and a lost one times out', async () => {
  const session = await polled()
  await session.world.advance(3_000)
  await session.world.advance(9_900)
  expect(session.world.requests).toHaveLength(2)
  await session.world.advance(200)
  expect(session.world.requests[1]?.aborted).toBe(true)
  await session.world.advance(1_000)
  expect(session.world.requests).toHaveLength(3)
  expect(session.phase).toBe('retrying')
  await session.world.request.respond(304, undefined, OFF)
  await session.world.advance(FRAME)
  expect(session.phase).toBe('polling')
})

test('failing polls back off up to half a minute', async () => {
  const session = await polled()
  const times: number[] = []
  await session.world.advance(3_000)
  for (let failures = 0; failures < 8; failures += 1) {
    const count = session.world.requests.length
    const failedAt = session.world.time
    await session.world.request.respond(500, {})
    while (session.world.requests.length === count) await session.world.advance(50)
    times.push(session.world.time - failedAt)
  }
  expect(times).toEqual([750, 1_500, 3_000, 6_000, 12_000, 22_500, 22_500, 22_500])
  expect(session.reason).toBe('http')
})

test('an older status from a slow poll does not undo a newer one', async () => {
  const session = await polled()
  await session.world.advance(3_000)
  session.client.accept(statusOf({ version: 9 }))
  await session.world.request.respond(200, statusOf({ version: 4 }), OFF)
  await session.world.advance(FRAME)
  expect(session.view.status?.version).toBe(9)
})

test('a stream that is proven cancels a running poll', async () => {
  const world = new World()
  const session = follow({}, world)
  world.stream.hello()
  world.stream.drop()
  await world.advance(0)
  const [pollUnderWay] = world.requests
  await world.advance(1_000)
  world.stream.hello()
  expect(pollUnderWay?.aborted).toBe(true)
  await world.advance(20_000)
  expect(world.requests).toHaveLength(1)
  expect(session.phase).toBe('live')
})

test('a server that prefers wait gets long polls', async () => {
  const session = follow()
  session.world.stream.drop()
  await session.world.advance(0)
  const wait = says('wait; reason=at_capacity')
  await session.world.request.respond(200, statusOf({ version: 1 }), wait)
  await session.world.advance(250)
  expect(session.world.request.headers['Prefer']).toBe('wait=20')
  await session.world.advance(20_000)
  await session.world.request.respond(304, undefined, wait)
  await session.world.advance(250)
  expect(session.world.requests).toHaveLength(3)
  // A long poll that is not held, or returns the same status, is followed after the poll delay.
  await session.world.request.respond(200, statusOf({ version: 1 }), wait)
  await session.world.advance(2_900)
  expect(session.world.requests).toHaveLength(3)
  await session.world.advance(200)
  expect(session.world.requests).toHaveLength(4)
})

test('a Retry-After beyond the longest timer is respected', async () => {
  const session = await polled()
  await session.world.advance(3_000)
  const month = 30 * 24 * 3_600
  await session.world.request.respond(503, {}, { 'Retry-After': String(month) })
  await session.world.advance((month - 1) * 1_000)
  expect(session.world.requests).toHaveLength(2)
  await session.world.advance(2_000)
  expect(session.world.requests).toHaveLength(3)
})

test('a Retry-After of 0 still leaves a pause', async () => {
  const session = follow()
  session.world.stream.drop()
  await session.world.advance(0)
  await session.world.request.respond(503, {}, { 'Retry-After': '0' })
  await session.world.advance(400)
  expect(session.world.statusRequests).toHaveLength(1)
})
