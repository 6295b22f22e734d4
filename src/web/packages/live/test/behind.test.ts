import { expect, test } from 'vitest'
import { ALL_JOBS } from '../src/index.ts'
import { World, jobOf } from '../src/testing/index.ts'
import { FRAME, ON, beat, follow } from './follow.ts'
import { ago, held, onTime, say } from './late.ts'

test('one hiccup is shown while it lasts', async () => {
  const followed = await onTime()
  const { world } = followed
  await world.advance(5_500)
  for (let version = 3; version <= 8; version += 1) say(followed, version, (8 - version) * 1_000)
  await world.advance(FRAME)
  expect(followed.view.connection).toMatchObject({ phase: 'live', reason: 'buffered', behindMs: 5_000 })
  await world.advance(1_000)
  say(followed, 9, 0)
  await world.advance(FRAME)
  expect(followed.view.connection).toMatchObject({ phase: 'live', reason: undefined, behindMs: 0, attempt: 0 })
  await beat(followed, 61_000)
  say(followed, 10, 5_000)
  await beat(followed, 5_000)
  expect(world.streams).toHaveLength(1)
})

test('a path with a small lag is kept, and the lag is shown', async () => {
  const followed = await onTime()
  const { world } = followed
  await world.advance(2_500)
  for (let version = 3; version < 60; version += 1) {
    await world.advance(1_000)
    say(followed, version, 3_400)
  }
  await world.advance(FRAME)
  expect(followed.view.connection).toMatchObject({ phase: 'live', reason: 'buffered', behindMs: 3_000, attempt: 0 })
  expect(world.requests).toHaveLength(0)
})

test('behindMs is 0 after a poll succeeded', async () => {
  const followed = await onTime()
  const { world } = followed
  await beat(followed, 10_000)
  for (const version of [3, 4, 5]) {
    await world.advance(1_500)
    say(followed, version, 9_000 + version)
  }
  await world.request.respond(200, jobOf({ version: 6 }), ON)
  await world.advance(1_000)
  await world.advance(FRAME)
  expect(followed.view.connection).toMatchObject({ mode: 'poll', behindMs: 9_000 })
  await world.advance(1_000)
  await world.request.respond(200, jobOf({ version: 7 }), ON)
  await world.advance(FRAME)
  expect(followed.view.connection.behindMs).toBe(0)
})

test('of two live connections the one with the lag is the worst', async () => {
  const followed = await onTime()
  const { world, client } = followed
  const other = follow({}, world, 'j2', client)
  world.stream.hello()
  world.stream.heartbeat()
  await beat(other, 5_000)
  await world.advance(2_600)
  world.stream.emit('heartbeat', { server_time: ago(other, 2_500) })
  world.stream.emit('status', jobOf({ id: 'j2', updated_at: ago(other, 9_000) }))
  world.stream.emit('status', jobOf({ id: 'j2', version: 1_000_002, updated_at: ago(other, 0) }))
  await world.advance(5_000)
  world.stream.heartbeat(3_000)
  await world.advance(FRAME)
  expect(followed.view.connection.behindMs).toBe(0)
  expect(client.getConnection()).toMatchObject({ phase: 'live', behindMs: 3_000 })
})

test('different clocks of page, server and workers are no lag', async () => {
  const followed = follow()
  const { world } = followed
  world.stream.hello(15, 3_600_000)
  for (let version = 1; version < 60; version += 1) {
    say(followed, version, 0, version < 30 ? { aheadMs: -40_000 } : { aheadMs: 70_000, attempt: 2 })
    await world.advance(1_000)
    world.stream.heartbeat(3_600_000)
  }
  await beat(followed, 20_000)
  for (const version of [90, 91, 92]) {
    say(followed, version, 0, { aheadMs: 60_000, attempt: 3 })
    await world.advance(3_000)
  }
  expect(followed.view.connection).toMatchObject({ phase: 'live', behindMs: 0, attempt: 0 })
})

test('an old first status or a repeated time is no lag', async () => {
  const followed = follow()
  const { world } = followed
  world.stream.hello()
  say(followed, 1, 500_000)
  for (let version = 2; version < 30; version += 1) {
    await world.advance(1_000)
    world.stream.emit('status', jobOf({ version }))
    world.stream.heartbeat()
  }
  await world.advance(FRAME)
  expect(followed.view.connection).toMatchObject({ phase: 'live', behindMs: 0 })
})

test.each([2_500, 6_000, 3_600_000])('a server clock that is set back by %s ms is no lag', async (backMs) => {
  const followed = await onTime()
  const { world } = followed
  for (let version = 3; version < 20; version += 1) {
    await world.advance(1_000)
    world.stream.heartbeat(backMs)
    say(followed, version, 0, { aheadMs: -backMs })
  }
  await world.advance(FRAME)
  expect(followed.view.connection).toMatchObject({ phase: 'live', behindMs: 0, attempt: 0 })
})

test('a server without times is followed as before', async () => {
  const followed = follow()
  const { world } = followed
  await world.advance(1_000)
  await world.request.respond(200, jobOf({ version: 1, updated_at: 'later' }), ON)
  world.stream.emit('hello', { heartbeat_s: 15 })
  world.stream.emit('status', jobOf({ version: 2, updated_at: ago(followed, 0) }))
  world.stream.emit('status', jobOf({ version: 3, updated_at: 'soon' }))
  for (let beats = 0; beats < 20; beats += 1) {
    await world.advance(5_000)
    world.stream.emit('heartbeat', { server_time: null })
  }
  say(followed, 2_000_000, 0)
  await world.advance(1_000)
  say(followed, 2_000_001, 0)
  await world.advance(FRAME)
  expect(followed.view.connection).toMatchObject({ phase: 'live', behindMs: 0 })
})

test('lateness in a hidden or just shown page is ignored', async () => {
  const followed = await onTime({}, Object.assign(new World(), { protocol: 'h2' }))
  const { world } = followed
  await world.advance(4_000)
  say(followed, 3, 9_000)
  world.change({ presence: 'hidden' })
  for (let version = 4; version < 20; version += 1) {
    await world.advance(3_000)
    say(followed, version, 6_000)
  }
  world.change({ presence: 'shown' })
  say(followed, 20, 5_000)
  await world.advance(1_000)
  say(followed, 21, 0)
  await beat(followed, 5_000)
  say(followed, 22, 4_500)
  world.change({ presence: 'hidden' })
  await world.advance(5_000)
  world.change({ presence: 'shown' })
  say(followed, 23, 4_900)
  await world.advance(1_000)
  say(followed, 24, 0)
  await world.advance(FRAME)
  expect(world.streams).toHaveLength(1)
  expect(followed.view.connection).toMatchObject({ phase: 'live', behindMs: 0 })
})

test('a page that slept receives late events and goes on', async () => {
  const followed = await onTime()
  const { world } = followed
  world.clock.after(30_000, () => {
    for (let version = 3; version < 33; version += 1) say(followed, version, (33 - version) * 1_000)
  })
  await world.clock.sleep(30_000)
  await world.advance(1_500)
  say(followed, 40, 0)
  await world.advance(FRAME)
  expect(world.streams).toHaveLength(1)
  expect(followed.view.connection).toMatchObject({ phase: 'live', behindMs: 0 })
})

test('a late stream without polling is kept, and the lag is shown', async () => {
  const followed = await onTime({ transport: 'stream' })
  const { world } = followed
  await held(followed, 30_000, (sentAt) => sentAt * 1.5)
  expect(world.streams).toHaveLength(1)
  expect(followed.view.connection.behindMs).toBeGreaterThan(8_000)
})

test('the list measures heartbeats only, as it has many workers', async () => {
  const followed = follow({}, new World(), ALL_JOBS)
  const { world } = followed
  world.stream.hello()
  for (let version = 1; version < 20; version += 1) {
    await world.advance(10_000)
    say(followed, version, version % 2 ? 0 : 6_000)
  }
  await world.advance(FRAME)
  expect(followed.view.connection).toMatchObject({ phase: 'live', behindMs: 0 })
  world.stream.heartbeat(5_000)
  await world.advance(15_000)
  world.stream.heartbeat(9_000)
  await world.advance(FRAME)
  expect(followed.view.connection).toMatchObject({ mode: 'poll', reason: 'buffered', behindMs: 9_000 })
})
