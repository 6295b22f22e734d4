import { expect, test } from 'vitest'
import { ALL_SESSIONS } from '../src/index.ts'
import { World, statusOf } from '../src/testing/index.ts'
import { FRAME, ON, beat, follow } from './follow.ts'
import { ago, held, onTime, say } from './late.ts'

test('one hiccup is shown while it lasts', async () => {
  const session = await onTime()
  const { world } = session
  await world.advance(5_500)
  for (let version = 3; version <= 8; version += 1) say(session, version, (8 - version) * 1_000)
  await world.advance(FRAME)
  expect(session.view.connection).toMatchObject({ phase: 'live', reason: 'buffered', behindMs: 5_000 })
  await world.advance(1_000)
  say(session, 9, 0)
  await world.advance(FRAME)
  expect(session.view.connection).toMatchObject({ phase: 'live', reason: undefined, behindMs: 0, attempt: 0 })
  await beat(session, 61_000)
  say(session, 10, 5_000)
  await beat(session, 5_000)
  expect(world.streams).toHaveLength(1)
})

test('a path with a small lag is kept, and the lag is shown', async () => {
  const session = await onTime()
  const { world } = session
  await world.advance(2_500)
  for (let version = 3; version < 60; version += 1) {
    await world.advance(1_000)
    say(session, version, 3_400)
  }
  await world.advance(FRAME)
  expect(session.view.connection).toMatchObject({ phase: 'live', reason: 'buffered', behindMs: 3_000, attempt: 0 })
  expect(world.requests).toHaveLength(0)
})

test('behindMs is 0 after a poll succeeded', async () => {
  const session = await onTime()
  const { world } = session
  await beat(session, 10_000)
  for (const version of [3, 4, 5]) {
    await world.advance(1_500)
    say(session, version, 9_000 + version)
  }
  await world.request.respond(200, statusOf({ version: 6 }), ON)
  await world.advance(1_000)
  await world.advance(FRAME)
  expect(session.view.connection).toMatchObject({ mode: 'poll', behindMs: 9_000 })
  await world.advance(1_000)
  await world.request.respond(200, statusOf({ version: 7 }), ON)
  await world.advance(FRAME)
  expect(session.view.connection.behindMs).toBe(0)
})

test('of two live connections the one with the lag is the worst', async () => {
  const session = await onTime()
  const { world, client } = session
  const other = follow({}, world, 's2', client)
  world.stream.hello()
  world.stream.heartbeat()
  await beat(other, 5_000)
  await world.advance(2_600)
  world.stream.emit('heartbeat', { server_time: ago(other, 2_500) })
  world.stream.emit('status', statusOf({ session_id: 's2', updated_at: ago(other, 9_000) }))
  world.stream.emit('status', statusOf({ session_id: 's2', version: 1_000_002, updated_at: ago(other, 0) }))
  await world.advance(5_000)
  world.stream.heartbeat(3_000)
  await world.advance(FRAME)
  expect(session.view.connection.behindMs).toBe(0)
  expect(client.getConnection()).toMatchObject({ phase: 'live', behindMs: 3_000 })
})

test('different clocks of page, server and workers are no lag', async () => {
  const session = follow()
  const { world } = session
  world.stream.hello(15, 3_600_000)
  for (let version = 1; version < 60; version += 1) {
    say(session, version, 0, version < 30 ? { aheadMs: -40_000 } : { aheadMs: 70_000, attempt: 2 })
    await world.advance(1_000)
    world.stream.heartbeat(3_600_000)
  }
  await beat(session, 20_000)
  for (const version of [90, 91, 92]) {
    say(session, version, 0, { aheadMs: 60_000, attempt: 3 })
    await world.advance(3_000)
  }
  expect(session.view.connection).toMatchObject({ phase: 'live', behindMs: 0, attempt: 0 })
})

test('an old first status or a repeated time is no lag', async () => {
  const session = follow()
  const { world } = session
  world.stream.hello()
  say(session, 1, 500_000)
  for (let version = 2; version < 30; version += 1) {
    await world.advance(1_000)
    world.stream.emit('status', statusOf({ version }))
    world.stream.heartbeat()
  }
  await world.advance(FRAME)
  expect(session.view.connection).toMatchObject({ phase: 'live', behindMs: 0 })
})

test.each([2_500, 6_000, 3_600_000])('a server clock that is set back by %s ms is no lag', async (backMs) => {
  const session = await onTime()
  const { world } = session
  for (let version = 3; version < 20; version += 1) {
    await world.advance(1_000)
    world.stream.heartbeat(backMs)
    say(session, version, 0, { aheadMs: -backMs })
  }
  await world.advance(FRAME)
  expect(session.view.connection).toMatchObject({ phase: 'live', behindMs: 0, attempt: 0 })
})

test('a server without times is followed as before', async () => {
  const session = follow()
  const { world } = session
  await world.advance(1_000)
  await world.request.respond(200, statusOf({ version: 1, updated_at: 'later' }), ON)
  world.stream.emit('hello', { heartbeat_s: 15 })
  world.stream.emit('status', statusOf({ version: 2, updated_at: ago(session, 0) }))
  world.stream.emit('status', statusOf({ version: 3, updated_at: 'soon' }))
  for (let beats = 0; beats < 20; beats += 1) {
    await world.advance(5_000)
    world.stream.emit('heartbeat', { server_time: null })
  }
  say(session, 2_000_000, 0)
  await world.advance(1_000)
  say(session, 2_000_001, 0)
  await world.advance(FRAME)
  expect(session.view.connection).toMatchObject({ phase: 'live', behindMs: 0 })
})

test('lateness in a hidden or just shown page is ignored', async () => {
  const session = await onTime({}, Object.assign(new World(), { protocol: 'h2' }))
  const { world } = session
  await world.advance(4_000)
  say(session, 3, 9_000)
  world.change({ presence: 'hidden' })
  for (let version = 4; version < 20; version += 1) {
    await world.advance(3_000)
    say(session, version, 6_000)
  }
  world.change({ presence: 'shown' })
  say(session, 20, 5_000)
  await world.advance(1_000)
  say(session, 21, 0)
  await beat(session, 5_000)
  say(session, 22, 4_500)
  world.change({ presence: 'hidden' })
  await world.advance(5_000)
  world.change({ presence: 'shown' })
  say(session, 23, 4_900)
  await world.advance(1_000)
  say(session, 24, 0)
  await world.advance(FRAME)
  expect(world.streams).toHaveLength(1)
  expect(session.view.connection).toMatchObject({ phase: 'live', behindMs: 0 })
})

test('a page that slept receives late events and goes on', async () => {
  const session = await onTime()
  const { world } = session
  world.clock.after(30_000, () => {
    for (let version = 3; version < 33; version += 1) say(session, version, (33 - version) * 1_000)
  })
  await world.clock.sleep(30_000)
  await world.advance(1_500)
  say(session, 40, 0)
  await world.advance(FRAME)
  expect(world.streams).toHaveLength(1)
  expect(session.view.connection).toMatchObject({ phase: 'live', behindMs: 0 })
})

test('a late stream without polling is kept, and the lag is shown', async () => {
  const session = await onTime({ transport: 'stream' })
  const { world } = session
  await held(session, 30_000, (sentAt) => sentAt * 1.5)
  expect(world.streams).toHaveLength(1)
  expect(session.view.connection.behindMs).toBeGreaterThan(8_000)
})

test('the list measures heartbeats only, as it has many workers', async () => {
  const session = follow({}, new World(), ALL_SESSIONS)
  const { world } = session
  world.stream.hello()
  for (let version = 1; version < 20; version += 1) {
    await world.advance(10_000)
    say(session, version, version % 2 ? 0 : 6_000)
  }
  await world.advance(FRAME)
  expect(session.view.connection).toMatchObject({ phase: 'live', behindMs: 0 })
  world.stream.heartbeat(5_000)
  await world.advance(15_000)
  world.stream.heartbeat(9_000)
  await world.advance(FRAME)
  expect(session.view.connection).toMatchObject({ mode: 'poll', reason: 'buffered', behindMs: 9_000 })
})
