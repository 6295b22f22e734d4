import { expect, test } from 'vitest'
import { World, completedJob, jobOf } from '../src/testing/index.ts'
import { FRAME, follow, probing, says, until } from './follow.ts'

const ON = says('stream; reason=flag_on')

test('stream only polls once for the reason, never for good', async () => {
  const followed = follow({ transport: 'stream', initialJob: jobOf({ version: 1 }) })
  const { world } = followed
  for (let failures = 1; failures <= 6; failures += 1) {
    world.stream.drop()
    await world.advance(0)
    expect(world.requests).toHaveLength(failures)
    await world.request.respond(304, undefined, ON)
    await world.advance(FRAME)
    expect(followed.view.connection).toMatchObject({ phase: 'retrying', mode: 'none', connectionState: 'error' })
    await until(followed, () => world.streams.length > failures, 31_000)
    expect(world.requests).toHaveLength(failures)
  }
  world.stream.hello()
  await world.advance(FRAME)
  expect(followed.view.connection).toMatchObject({ phase: 'live', mode: 'stream' })
})

test.each([
  [401, 'signed_out'],
  [404, 'not_found'],
  [410, 'not_found'],
])('stream only ends for good after a poll with %i', async (code, reason) => {
  const followed = follow({ transport: 'stream' })
  followed.world.stream.respond(code)
  await followed.world.advance(0)
  await followed.world.request.respond(code, {})
  expect(followed.view.connection).toMatchObject({ phase: 'failed', reason, connectionState: 'error' })
  expect(followed.world.clock.pending).toBe(0)
})

test('stream only waits as long as the server said', async () => {
  const followed = follow({ transport: 'stream', initialJob: jobOf() })
  followed.world.stream.respond(503)
  await followed.world.advance(0)
  await followed.world.request.respond(503, {}, { 'Retry-After': '60' })
  await followed.world.advance(59_900)
  expect(followed.world.streams).toHaveLength(1)
  await followed.world.advance(200)
  expect(followed.world.streams).toHaveLength(2)
})

test('stream only tries seldom if the server refuses it', async () => {
  const followed = follow({ transport: 'stream', initialJob: jobOf() })
  const { world } = followed
  world.stream.respond(204)
  await world.advance(0)
  await world.request.respond(200, jobOf({ version: 1_000_002 }), says('poll; reason=flag_off'))
  await world.advance(FRAME)
  expect(followed.view.connection).toMatchObject({ phase: 'retrying', reason: 'flag_off', mode: 'none' })
  await world.advance(29_900)
  expect(world.streams).toHaveLength(1)
  await world.advance(5_000)
  expect(world.streams).toHaveLength(2)
  expect(world.requests).toHaveLength(1)
  // Refused once more, it waits longer.
  world.stream.respond(204)
  await world.advance(0)
  await world.request.respond(304, undefined, says('poll; reason=flag_off'))
  await world.advance(60_000)
  expect(world.streams).toHaveLength(2)
})

test('stream only learns of the end by its poll, too', async () => {
  const followed = follow({ transport: 'stream' })
  followed.world.stream.respond(204)
  await followed.world.advance(0)
  await followed.world.request.respond(200, completedJob(), says('poll; reason=final'))
  expect(followed.phase).toBe('done')
})

test('stream only pauses in a hidden page', async () => {
  const followed = follow({ transport: 'stream' })
  followed.world.stream.hello()
  followed.world.change({ presence: 'hidden' })
  await followed.world.advance(600_000)
  expect(followed.phase).toBe('paused')
  expect(followed.world.requests).toHaveLength(0)
})

test('a subscriber with another transport has it and shares statuses', async () => {
  const auto = follow()
  const poll = follow({ transport: 'poll' }, auto.world, 'j1', auto.client)
  const { world } = auto
  await world.advance(0)
  expect([world.openStreams.length, world.openRequests.length]).toEqual([1, 1])
  world.stream.emit('status', jobOf({ version: 5 }))
  await world.request.respond(200, jobOf({ version: 4 }), ON)
  await world.advance(FRAME)
  expect([auto.view.connection.mode, poll.view.connection.mode]).toEqual(['stream', 'poll'])
  expect([auto.view.job?.version, poll.view.job?.version]).toEqual([5, 5])
})

test('polling only opens no stream, whatever the server says', async () => {
  const followed = follow({ transport: 'poll' })
  await followed.world.advance(0)
  for (let polls = 0; polls < 50; polls += 1) {
    await followed.world.request.respond(200, jobOf({ version: polls }), ON)
    await followed.world.advance(3_000)
  }
  expect(followed.world.streams).toHaveLength(0)
  expect(followed.view.connection).toMatchObject({ phase: 'polling', mode: 'poll', reason: 'manual' })
  expect(followed.view.job?.version).toBe(49)
})

test('polling only uses long polls if the server prefers them', async () => {
  const followed = follow({ transport: 'poll' })
  await followed.world.advance(0)
  await followed.world.request.respond(200, jobOf(), says('wait; reason=at_capacity'))
  await followed.world.advance(500)
  expect(followed.world.request.headers['Prefer']).toBe('wait=20')
  await followed.world.request.respond(200, jobOf({ version: 1_000_002 }), ON)
  await followed.world.advance(3_000)
  expect(followed.world.request.headers['Prefer']).toBeUndefined()
})

test('a choice of polling lasts until retryNow', async () => {
  const followed = follow()
  const { world } = followed
  world.stream.hello()
  followed.client.pollOnly('j1')
  await world.advance(FRAME)
  expect(world.openStreams).toHaveLength(0)
  expect(followed.view.connection).toMatchObject({ phase: 'polling', reason: 'manual' })
  for (let polls = 0; polls < 50; polls += 1) {
    await world.request.respond(304, undefined, ON)
    await world.advance(3_000)
  }
  await world.request.respond(304, undefined, says('poll; reason=flag_off'))
  await world.advance(FRAME)
  expect(followed.view.connection).toMatchObject({ phase: 'polling', reason: 'manual' })
  expect(world.streams).toHaveLength(1)
  followed.client.retryNow('j1')
  expect(world.openStreams).toHaveLength(1)
  world.stream.hello()
  await world.advance(1_000)
  world.stream.emit('heartbeat')
  await world.advance(FRAME)
  expect(followed.phase).toBe('live')
})

test('a choice of polling lasts in a hidden tab', async () => {
  const followed = follow()
  followed.client.pollOnly('j1')
  followed.world.change({ presence: 'hidden' })
  await followed.world.advance(40_000)
  followed.world.change({ presence: 'shown' })
  await until(followed, () => followed.phase === 'polling', 1_000)
  expect(followed.view.connection.nextRetryAt).toBeUndefined()
  expect(followed.world.streams).toHaveLength(1)
  expect(followed.view.connection).toMatchObject({ phase: 'polling', reason: 'manual' })
})

test('a path that holds streams back is stored for half an hour', async () => {
  const world = new World()
  const first = follow({}, world)
  await probing(first)
  first.stop()
  await world.advance(1_500)
  const tried = world.streams.length
  const second = follow({}, world, 'j2')
  await world.advance(FRAME)
  expect(second.view.connection).toMatchObject({ phase: 'connecting', mode: 'poll', reason: 'mute' })
  expect(world.openRequests).toHaveLength(1)
  expect(world.streams).toHaveLength(tried)
  await until(second, () => world.streams.length > tried, 40_000)
  second.stop()
  await world.advance(1_500)
  await world.advance(30 * 60_000)
  follow({}, world, 'j3')
  expect(world.openStreams).toHaveLength(1)
})

test('a path is not stored after one failure', async () => {
  const world = new World()
  const first = follow({ initialJob: jobOf() }, world)
  await world.advance(6_100)
  expect(first.reason).toBe('mute')
  first.stop()
  await world.advance(1_500)
  follow({}, world, 'j2')
  expect(world.openStreams).toHaveLength(1)
})

test('a lasting stream deletes the stored path', async () => {
  const world = new World()
  const first = follow({}, world)
  await probing(first)
  world.stream.hello()
  for (let beats = 0; beats < 12; beats += 1) {
    await world.advance(1_000)
    world.stream.emit('heartbeat')
  }
  expect(first.phase).toBe('live')
  follow({}, world, 'j2')
  expect(world.openStreams).toHaveLength(2)
})

test('a probe that ends within 30 s delays the next probe', async () => {
  const followed = follow()
  const { world } = followed
  await probing(followed)
  world.stream.hello()
  for (let beats = 0; beats < 20; beats += 1) {
    await world.advance(1_000)
    world.stream.emit('heartbeat')
  }
  expect(followed.phase).toBe('live')
  const diedAt = world.time
  world.stream.drop()
  await world.advance(FRAME)
  await until(followed, () => followed.phase === 'polling', 1_000)
  await until(followed, () => world.openStreams.length > 0)
  expect(world.time - diedAt).toBeGreaterThan(60_000)
})

test('a probe that lived longer is retried as usual', async () => {
  const followed = follow()
  const { world } = followed
  await probing(followed)
  world.stream.hello()
  for (let beats = 0; beats < 40; beats += 1) {
    await world.advance(1_000)
    world.stream.emit('heartbeat')
  }
  world.stream.drop()
  await world.advance(FRAME)
  expect(followed.phase).toBe('retrying')
  await world.advance(1_000)
  expect(world.openStreams).toHaveLength(1)
})

test('it is stale after a longer silence than a live path has', async () => {
  const followed = follow()
  const { world } = followed
  world.stream.hello()
  await world.advance(37_000)
  expect(followed.view.connection.isStale).toBe(false)
  await world.advance(600)
  expect(followed.view.connection.isStale).toBe(true)
  await world.request.respond(304, undefined, ON)
  await world.advance(FRAME)
  expect(followed.view.connection.isStale).toBe(false)
  expect(world.time - (followed.client.lastEventAt('j1') ?? 0)).toBeLessThan(FRAME + 1)
})
