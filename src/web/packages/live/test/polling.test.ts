import { expect, test, vi } from 'vitest'
import { CLEAN, initialState } from '../src/machine/state.ts'
import { requestStatus } from '../src/requests.ts'
import { World, jobOf } from '../src/testing/index.ts'
import { FRAME, follow, holding, says } from './follow.ts'

const OFF = says('poll; reason=flag_off')

async function polled() {
  const followed = follow()
  followed.world.stream.drop()
  await followed.world.advance(0)
  await followed.world.request.respond(200, jobOf({ version: 1 }), { ...OFF, ETag: '"1"' })
  return followed
}

test('polls send the ETag, and 304 changes nothing', async () => {
  const followed = await polled()
  await followed.world.advance(FRAME)
  const before = followed.view
  await followed.world.advance(3_000)
  expect(followed.world.requests).toHaveLength(2)
  expect(followed.world.request.headers['If-None-Match']).toBe('"1"')
  await followed.world.request.respond(304, undefined, { ...OFF, ETag: '"1"' })
  await followed.world.advance(FRAME)
  expect(followed.view).toBe(before)
  await followed.world.advance(3_000)
  await followed.world.request.respond(200, jobOf({ version: 2 }), { ...OFF, ETag: '"2"' })
  await followed.world.advance(FRAME)
  expect(followed.view.job?.version).toBe(2)
})

test('the body of a 304 is read', async () => {
  const world = new World()
  const answer = new Response(null, { status: 304 })
  const read = vi.spyOn(answer, 'text')
  const done = vi.fn()
  const polling = initialState({ scope: 'job', transport: 'poll', idOf: () => 'j1', streamSupported: false, renewsCredentials: false, path: CLEAN })
  const env = { ...world.env, fetch: () => Promise.resolve(answer) }
  requestStatus(env, { url: '/status', read: () => ({ jobs: [] }) }, polling, done)
  await vi.waitFor(() => expect(done).toHaveBeenCalledWith(expect.objectContaining({ kind: 'ok', jobs: [] })))
  expect(read).toHaveBeenCalledOnce()
})

test('the server sets the poll delay', async () => {
  const followed = await polled()
  await followed.world.advance(3_000)
  await followed.world.request.respond(304, undefined, { ...OFF, 'Playhead-Poll-After-Ms': '9000' })
  await followed.world.advance(8_900)
  expect(followed.view.connection.pollMs).toBe(9_000)
  expect(followed.world.requests).toHaveLength(2)
  await followed.world.advance(200)
  expect(followed.world.requests).toHaveLength(3)
})

test('polls never overlap, and a lost one times out', async () => {
  const followed = await polled()
  await followed.world.advance(3_000)
  await followed.world.advance(9_900)
  expect(followed.world.requests).toHaveLength(2)
  await followed.world.advance(200)
  expect(followed.world.requests[1]?.aborted).toBe(true)
  await followed.world.advance(1_000)
  expect(followed.world.requests).toHaveLength(3)
  expect(followed.phase).toBe('retrying')
  await followed.world.request.respond(304, undefined, OFF)
  await followed.world.advance(FRAME)
  expect(followed.phase).toBe('polling')
})

test('failing polls back off up to half a minute', async () => {
  const followed = await polled()
  const times: number[] = []
  await followed.world.advance(3_000)
  for (let failures = 0; failures < 8; failures += 1) {
    const count = followed.world.requests.length
    const failedAt = followed.world.time
    await followed.world.request.respond(500, {})
    while (followed.world.requests.length === count) await followed.world.advance(50)
    times.push(followed.world.time - failedAt)
  }
  expect(times).toEqual([750, 1_500, 3_000, 6_000, 12_000, 22_500, 22_500, 22_500])
  expect(followed.reason).toBe('http')
})

test('an older status from a slow poll does not undo a newer one', async () => {
  const followed = await polled()
  await followed.world.advance(3_000)
  followed.client.accept(jobOf({ version: 9 }))
  await followed.world.request.respond(200, jobOf({ version: 4 }), OFF)
  await followed.world.advance(FRAME)
  expect(followed.view.job?.version).toBe(9)
})

test('a stream that is proven cancels a running poll', async () => {
  const world = new World()
  const followed = follow({}, world)
  world.stream.hello()
  world.stream.drop()
  await world.advance(0)
  const [pollUnderWay] = world.requests
  await world.advance(1_000)
  world.stream.hello()
  expect(pollUnderWay?.aborted).toBe(true)
  await world.advance(20_000)
  expect(world.requests).toHaveLength(1)
  expect(followed.phase).toBe('live')
})

test('a server that prefers wait gets long polls', async () => {
  const followed = follow()
  followed.world.stream.drop()
  await followed.world.advance(0)
  const wait = holding('wait; reason=at_capacity')
  await followed.world.request.respond(200, jobOf({ version: 1 }), wait)
  await followed.world.advance(500)
  expect(followed.world.request.headers['Prefer']).toBe('wait=20')
  await followed.world.request.respond(200, jobOf({ version: 1 }), wait)
  await followed.world.advance(500)
  expect(followed.world.requests).toHaveLength(3)
  await followed.world.advance(20_000)
  await followed.world.request.respond(304, undefined, wait)
  await followed.world.advance(500)
  expect(followed.world.requests).toHaveLength(4)
  // A long poll that is not held, or returns the same status, is followed after the poll delay.
  await followed.world.request.respond(200, jobOf({ version: 1 }), wait)
  await followed.world.advance(2_900)
  expect(followed.world.requests).toHaveLength(4)
  await followed.world.advance(200)
  expect(followed.world.requests).toHaveLength(5)
})

test('a Retry-After beyond the longest timer is respected', async () => {
  const followed = await polled()
  await followed.world.advance(3_000)
  const month = 30 * 24 * 3_600
  await followed.world.request.respond(503, {}, { 'Retry-After': String(month) })
  await followed.world.advance((month - 1) * 1_000)
  expect(followed.world.requests).toHaveLength(2)
  await followed.world.advance(2_000)
  expect(followed.world.requests).toHaveLength(3)
})

test('a Retry-After of 0 still leaves a pause', async () => {
  const followed = follow()
  followed.world.stream.drop()
  await followed.world.advance(0)
  await followed.world.request.respond(503, {}, { 'Retry-After': '0' })
  await followed.world.advance(400)
  expect(followed.world.statusRequests).toHaveLength(1)
})
