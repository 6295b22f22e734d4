import { expect, test } from 'vitest'
import { World, completedJob, jobOf } from '../src/testing/index.ts'
import { FRAME, ON, beat, follow, until } from './follow.ts'
import { ago, held, lateBy, onTime, say } from './late.ts'

test('a slow path with a growing lag is left for polling', async () => {
  const followed = await onTime()
  const { world } = followed
  const tookMs = await held(followed, 60_000, (sentAt) => sentAt * 1.5)
  expect(tookMs).toBeLessThan(20_000)
  expect(followed.view.connection).toMatchObject({ phase: 'retrying', mode: 'poll', reason: 'buffered' })
  await until(followed, () => world.openStreams.length > 0)
  world.stream.hello()
  await held(followed, 60_000, (sentAt) => sentAt * 1.5)
  expect(followed.view.connection).toMatchObject({ phase: 'polling', mode: 'poll', reason: 'buffered' })
})

test('a server with late statuses is kept, and the lag is shown', async () => {
  const followed = await onTime()
  const { world } = followed
  await held(followed, 120_000, lateBy(5_500), 'server')
  expect(followed.view.connection).toMatchObject({ phase: 'live', mode: 'stream', attempt: 0 })
  expect(followed.view.connection.behindMs).toBeGreaterThanOrEqual(5_000)
  expect(world.requests).toHaveLength(1)
  expect([...world.memory.values()].filter(Boolean)).toEqual([])
})

test('a path that becomes slow with a slow server is left, too', async () => {
  const followed = await onTime()
  await held(followed, 60_000, lateBy(5_500), 'server')
  expect(followed.phase).toBe('live')
  await held(followed, 60_000, lateBy(11_500))
  expect(followed.view.connection).toMatchObject({ phase: 'retrying', reason: 'buffered' })
})

test('a server that was slow before does not excuse the path', async () => {
  const followed = await onTime()
  await held(followed, 30_000, lateBy(5_500), 'server')
  await held(followed, 3_000, (sentAt) => sentAt)
  await held(followed, 60_000, lateBy(5_500))
  expect(followed.view.connection).toMatchObject({ phase: 'retrying', reason: 'buffered' })
})

test('late statuses are checked after 1.5 s to 2.5 s', async () => {
  const askedAfter = async (random: number) => {
    const followed = await onTime({}, Object.assign(new World(), { random }))
    const { world } = followed
    await beat(followed, 10_000)
    say(followed, 3, 4_500)
    const start = world.time
    while (world.requests.length === 0) await world.advance(50)
    return world.time - start
  }
  expect(await askedAfter(0)).toBe(1_500)
  expect(await askedAfter(1)).toBe(2_500)
})

test.each([
  ['kept', 4, 'live'],
  ['left', 5, 'retrying'],
])('a late stream with older statuses than the poll is %s', async (_, owed, phase) => {
  const followed = await onTime()
  const { world } = followed
  await beat(followed, 10_000)
  say(followed, 3, 4_500)
  await world.advance(2_000)
  await world.request.respond(200, jobOf({ version: owed, updated_at: ago(followed, 0) }), ON)
  await world.advance(500)
  say(followed, 4, 4_500)
  await world.advance(600)
  expect(followed.phase).toBe(phase)
})

test('a failed check of late statuses changes nothing', async () => {
  const followed = await onTime()
  const { world } = followed
  await beat(followed, 10_000)
  for (let version = 3; version < 33; version += 1) {
    say(followed, version, 5_500)
    await world.advance(1_000)
    for (const request of world.openRequests) await request.respond(version % 2 ? 503 : 429)
  }
  expect(followed.view.connection).toMatchObject({ phase: 'live', attempt: 0, behindMs: 5_000 })
  expect(world.requests.length).toBeGreaterThan(1)
  expect(world.requests.length).toBeLessThan(6)
})

test('late statuses and one late heartbeat do not end the stream', async () => {
  const followed = await onTime()
  const { world } = followed
  await beat(followed, 10_000)
  await world.advance(6_000)
  say(followed, 3, 5_000)
  await world.advance(2_500)
  world.stream.heartbeat(5_000)
  await world.advance(2_500)
  say(followed, 4, 5_000)
  await world.advance(FRAME)
  expect(followed.view.connection).toMatchObject({ phase: 'live', behindMs: 5_000 })
})

test('a heartbeat on time does not hide late statuses', async () => {
  const followed = await onTime()
  const { world } = followed
  await beat(followed, 10_000)
  say(followed, 3, 3_000)
  await beat(followed, 2_000)
  await world.advance(FRAME)
  expect(followed.view.connection.behindMs).toBe(3_000)
})

test('a check from before the page was hidden is dropped', async () => {
  const followed = await onTime()
  const { world } = followed
  await beat(followed, 10_000)
  say(followed, 3, 5_000)
  world.change({ presence: 'hidden' })
  await world.advance(3_000)
  world.change({ presence: 'shown' })
  await world.advance(3_000)
  expect(world.requests).toHaveLength(0)
  await world.advance(20_000)
  expect(world.requests).toHaveLength(1)
})

test('a waiting job is checked if it is late', async () => {
  const followed = await onTime()
  const { world } = followed
  await beat(followed, 10_000)
  const queued = { state: 'queued', stage: 'queued', updated_at: ago(followed, 5_000) } as const
  world.stream.emit('status', jobOf({ version: 3, ...queued }))
  await world.advance(2_500)
  expect(world.requests).toHaveLength(1)
})

test('a late final status is the end', async () => {
  const followed = await onTime()
  const { world } = followed
  await beat(followed, 10_000)
  world.stream.emit('status', completedJob({ version: 3, updated_at: ago(followed, 5_000) }))
  await world.advance(5_000)
  expect(followed.phase).toBe('done')
  expect(world.requests).toHaveLength(0)
})

test('a poll reveals a path that is slow from the start', async () => {
  const followed = follow()
  const { world } = followed
  await world.advance(1_000)
  await world.request.respond(200, jobOf({ version: 1, updated_at: ago(followed, 0) }), ON)
  await world.advance(3_000)
  world.stream.hello(15, 4_000)
  await held(followed, 20_000, lateBy(6_000))
  expect(followed.view.connection).toMatchObject({ phase: 'retrying', reason: 'buffered' })
})

test.each(['initialJob', 'accept'])('a path that is slow from the start is found by %s', async (way) => {
  const world = new World()
  const made = jobOf({ version: 1, updated_at: new Date(world.clock.date).toISOString() })
  const followed = follow(way === 'accept' ? {} : { initialJob: made }, world)
  if (way === 'accept') followed.client.accept(made)
  await world.advance(4_000)
  world.stream.hello(15, 4_000)
  await held(followed, 20_000, lateBy(6_000))
  expect(followed.view.connection).toMatchObject({ phase: 'retrying', reason: 'buffered' })
})

test('an old status is no lag, whatever a poll found before', async () => {
  const followed = follow()
  const { world } = followed
  await world.advance(1_000)
  await world.request.respond(200, jobOf({ version: 1, updated_at: ago(followed, 0) }), ON)
  await world.advance(4_000)
  world.stream.hello()
  say(followed, 2, 3_500)
  await world.advance(FRAME)
  expect(followed.view.connection).toMatchObject({ mode: 'stream', behindMs: 0 })
})

test('a path that delivers in bursts is left the second time', async () => {
  const followed = await onTime()
  const tookMs = await held(followed, 60_000, (sentAt) => Math.ceil((sentAt + 1) / 5_000) * 5_000)
  expect(tookMs).toBeLessThanOrEqual(10_500)
  expect(followed.view.connection).toMatchObject({ phase: 'retrying', reason: 'buffered' })
})
