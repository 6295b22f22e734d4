import { expect, test } from 'vitest'
import { ALL_JOBS } from '../src/index.ts'
import { World, jobOf } from '../src/testing/index.ts'
import { FRAME, ON, beat, follow, live as liveIn } from './follow.ts'

/** A world without jitter. */
const prompt = () => Object.assign(new World(), { random: 0 })
const live = () => liveIn(prompt())

test('after six silent seconds a poll checks beside the stream', async () => {
  const followed = await live()
  const { world } = followed
  await world.advance(5_900)
  expect(world.requests).toHaveLength(0)
  await world.advance(100)
  expect(world.statusRequests).toHaveLength(1)
  expect(world.openStreams).toHaveLength(1)
  await world.request.respond(304, undefined, ON)
  await world.advance(9_000)
  world.stream.heartbeat()
  expect(world.requests).toHaveLength(1)
  expect(followed.view.connection).toMatchObject({ phase: 'live', mode: 'stream', attempt: 0 })
})

test('a stream that does not deliver what the poll found is left', async () => {
  const followed = await live()
  const { world } = followed
  await world.advance(6_000)
  await world.request.respond(200, jobOf({ version: 9 }), ON)
  await world.advance(900)
  expect(followed.phase).toBe('live')
  await world.advance(200)
  expect(world.openStreams).toHaveLength(0)
  expect(followed.view.connection).toMatchObject({ phase: 'retrying', mode: 'poll', reason: 'stalled' })
  expect(followed.view.job?.version).toBe(9)
})

test('a stream that delivers it a moment later is kept', async () => {
  const followed = await live()
  const { world } = followed
  await world.advance(6_000)
  await world.request.respond(200, jobOf({ version: 9 }), ON)
  await world.advance(500)
  world.stream.emit('status', jobOf({ version: 9 }))
  await beat(followed, 20_000)
  expect(world.streams).toHaveLength(1)
  expect(followed.phase).toBe('live')
})

test('a stream with heartbeats only is left, too', async () => {
  const followed = await live()
  const { world } = followed
  await world.advance(6_000)
  await world.request.respond(200, jobOf({ version: 9 }), ON)
  await world.advance(500)
  world.stream.heartbeat()
  await world.advance(600)
  expect(followed.reason).toBe('buffered')
})

test('a stream that delivered only its first event is left', async () => {
  const followed = follow({ initialJob: jobOf({ version: 3 }) }, prompt())
  const { world } = followed
  world.stream.hello()
  await world.advance(6_000)
  await world.request.respond(304, undefined, ON)
  await world.advance(1_100)
  expect(followed.reason).toBe('stalled')
})

test('a job with a status every four seconds is checked after twelve', async () => {
  const followed = await live()
  const { world } = followed
  for (let version = 2; version < 12; version += 1) {
    await world.advance(4_000)
    world.stream.emit('status', jobOf({ version }))
  }
  await world.advance(11_800)
  expect(world.requests).toHaveLength(0)
  await world.advance(200)
  expect(world.requests).toHaveLength(1)
})

test('a job that is silent for long is checked less and less often', async () => {
  const followed = await live()
  const { world } = followed
  for (let seconds = 0; seconds < 300; seconds += 1) {
    if (seconds % 15 === 1) world.stream.heartbeat()
    await world.advance(1_000)
    for (const request of world.openRequests) await request.respond(304, undefined, ON)
  }
  expect(world.requests.length).toBeLessThanOrEqual(2)
  expect(world.streams).toHaveLength(1)
})

test('clients whose streams stall together do not poll together', async () => {
  const asked = async (random: number) => {
    const followed = await liveIn(Object.assign(new World(), { random }))
    const { world } = followed
    const start = world.time
    while (world.requests.length === 0) await world.advance(50)
    await world.request.respond(200, jobOf({ version: 9 }), ON)
    const askedAt = world.time - start
    while (world.openStreams.length > 0) await world.advance(50)
    const leftAt = world.time
    while (world.statusRequests.length < 2) await world.advance(50)
    return [askedAt, world.time - leftAt]
  }
  expect(await asked(0)).toEqual([6_000, 0])
  expect(await asked(1)).toEqual([9_000, 1_500])
})

test.each([
  ['fails', 502],
  ['was one too many', 429],
])('a poll beside the stream that %s is repeated soon', async (_, code) => {
  const followed = await live()
  const { world } = followed
  await world.advance(6_000)
  await world.request.respond(code)
  await world.advance(FRAME)
  expect(followed.view.connection).toMatchObject({ phase: 'live', attempt: 0, reason: undefined })
  await world.advance(6_000)
  expect(world.requests).toHaveLength(2)
  await world.request.respond(200, jobOf({ version: 9 }), ON)
  await world.advance(1_100)
  expect(followed.reason).toBe('stalled')
})

test('failing polls beside the stream are no flood', async () => {
  const followed = await live()
  const { world } = followed
  const asked: number[] = []
  for (const end = world.time + 36_000; world.time < end; await world.advance(50)) {
    for (const request of world.openRequests) {
      asked.push(Math.round(world.time / 1_000))
      await request.respond(503, undefined, asked.length === 2 ? { 'Retry-After': '20' } : {})
    }
  }
  expect(asked).toEqual([6, 12, 32])
  expect(followed.view.connection).toMatchObject({ phase: 'live', attempt: 0 })
})

test('a heartbeat does not bring a check forward', async () => {
  const followed = await live()
  const { world } = followed
  await world.advance(6_000)
  await world.request.respond(429, undefined, { 'Retry-After': '20' })
  await beat(followed, 6_000)
  await world.advance(13_500)
  expect(world.requests).toHaveLength(1)
  await world.advance(1_000)
  expect(world.requests).toHaveLength(2)
})

test('a waiting job and the list are not checked', async () => {
  const world = new World()
  const followed = follow({}, world)
  world.stream.emit('status', jobOf({ state: 'queued', stage: 'queued' }))
  await world.advance(30_000)
  expect(followed.phase).toBe('live')
  const list = follow({}, world, ALL_JOBS)
  world.stream.emit('status', jobOf({ id: 'j2' }))
  await world.advance(7_000)
  expect(list.phase).toBe('live')
  expect(world.requests).toHaveLength(0)
})

test('a hidden page does not poll beside its stream', async () => {
  const followed = await live()
  const { world } = followed
  await world.advance(5_900)
  world.change({ presence: 'hidden' })
  await world.advance(20_000)
  expect(world.requests).toHaveLength(0)
  world.change({ presence: 'shown' })
  await world.advance(6_000)
  expect(world.openRequests).toHaveLength(1)
  world.change({ presence: 'hidden' })
  await world.request.respond(200, jobOf({ version: 9 }), ON)
  await world.advance(20_000)
  expect(followed.view.connection).toMatchObject({ phase: 'live', attempt: 0 })
})
