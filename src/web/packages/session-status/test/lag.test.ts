import { expect, test } from 'vitest'
import { ALL_SESSIONS } from '../src/index.ts'
import { World, completed, statusOf } from '../src/testing/index.ts'
import { FRAME, ON, beat, follow, until } from './follow.ts'

type Following = ReturnType<typeof follow>

/** By the world's clock, `lateMs` ago, on a machine whose clock is `aheadMs` ahead. */
const ago = ({ world }: Following, lateMs: number, aheadMs = 0) =>
  new Date(world.clock.date - lateMs + aheadMs).toISOString()

/** A status that was made `lateMs` ago. */
function say(session: Following, version: number, lateMs: number, more: { aheadMs?: number; attempt?: number } = {}) {
  const { aheadMs = 0, attempt = 1 } = more
  session.world.stream.emit('status', statusOf({ version, attempt, updated_at: ago(session, lateMs, aheadMs) }))
}

/** A stream that is on time, and has said two statuses. */
async function onTime(options: Parameters<typeof follow>[0] = {}, world = new World()) {
  const session = follow(options, world)
  world.stream.hello()
  say(session, 1, 0)
  await world.advance(1_000)
  say(session, 2, 0)
  return session
}

/**
 * A status a second, heard when it is released, until the stream is left. Polls are answered with the newest one, or, if what is
 * slow is the server itself, with the newest that was released. Returns how long that took.
 */
async function held(session: Following, ms: number, releasedAt: (sentAt: number) => number, by: 'path' | 'server' = 'path') {
  const { world } = session
  const { stream, time: start } = world
  const sent: { readonly version: number; readonly sentAt: number }[] = []
  let heard = 0
  for (let step = 0; step * 250 < ms && !stream.closed; step += 1) {
    if (step % 4 === 0) sent.push({ version: 100 + world.time, sentAt: world.time })
    if (step % 20 === 19 && by === 'server') stream.heartbeat()
    for (let next = sent[heard]; next && start + releasedAt(next.sentAt - start) <= world.time; next = sent[heard]) {
      heard += 1
      if (!stream.closed) say(session, next.version, world.time - next.sentAt)
    }
    const newest = by === 'path' ? sent.at(-1) : sent[heard - 1]
    for (const request of world.openRequests) {
      const { version = 2, sentAt = start } = newest ?? {}
      await request.respond(200, statusOf({ version, updated_at: ago(session, world.time - sentAt) }), ON)
    }
    await world.advance(250)
  }
  await world.advance(FRAME)
  return world.time - start
}

/** Ever later, until it is late by `lateMs`. */
const lateBy = (lateMs: number) => (sentAt: number) => sentAt + Math.min(sentAt, lateMs)

test('a slow path that falls ever further behind is left for polling', async () => {
  const session = await onTime()
  const { world } = session
  const tookMs = await held(session, 60_000, (sentAt) => sentAt * 1.5)
  expect(tookMs).toBeLessThan(20_000)
  expect(session.view.connection).toMatchObject({ phase: 'retrying', mode: 'poll', reason: 'buffered' })
  await until(session, () => world.openStreams.length > 0)
  world.stream.hello()
  await held(session, 60_000, (sentAt) => sentAt * 1.5)
  expect(session.view.connection).toMatchObject({ phase: 'polling', mode: 'poll', reason: 'buffered' })
})

test('a server whose statuses are late is not left, and it shows how late', async () => {
  const session = await onTime()
  const { world } = session
  await held(session, 120_000, lateBy(5_500), 'server')
  expect(session.view.connection).toMatchObject({ phase: 'live', mode: 'stream', attempt: 0 })
  expect(session.view.connection.behindMs).toBeGreaterThanOrEqual(5_000)
  expect(world.requests).toHaveLength(1)
  expect([...world.memory.values()].filter(Boolean)).toEqual([])
})

test('a path that becomes slow behind a slow server is left all the same', async () => {
  const session = await onTime()
  await held(session, 60_000, lateBy(5_500), 'server')
  expect(session.phase).toBe('live')
  await held(session, 60_000, lateBy(11_500))
  expect(session.view.connection).toMatchObject({ phase: 'retrying', reason: 'buffered' })
})

test('a server that was slow and is not any more is no excuse', async () => {
  const session = await onTime()
  await held(session, 30_000, lateBy(5_500), 'server')
  await held(session, 3_000, (sentAt) => sentAt)
  await held(session, 60_000, lateBy(5_500))
  expect(session.view.connection).toMatchObject({ phase: 'retrying', reason: 'buffered' })
})

test('late statuses are asked about after 1.5 s and up to one more', async () => {
  const askedAfter = async (random: number) => {
    const session = await onTime({}, Object.assign(new World(), { random }))
    const { world } = session
    await beat(session, 10_000)
    say(session, 3, 4_500)
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
])('a late stream that brings older statuses than the poll is %s', async (_, owed, phase) => {
  const session = await onTime()
  const { world } = session
  await beat(session, 10_000)
  say(session, 3, 4_500)
  await world.advance(2_000)
  await world.request.respond(200, statusOf({ version: owed, updated_at: ago(session, 0) }), ON)
  await world.advance(500)
  say(session, 4, 4_500)
  await world.advance(600)
  expect(session.phase).toBe(phase)
})

test('a question about late statuses that fails accuses nobody', async () => {
  const session = await onTime()
  const { world } = session
  await beat(session, 10_000)
  for (let version = 3; version < 33; version += 1) {
    say(session, version, 5_500)
    await world.advance(1_000)
    for (const request of world.openRequests) await request.respond(version % 2 ? 503 : 429)
  }
  expect(session.view.connection).toMatchObject({ phase: 'live', attempt: 0, behindMs: 5_000 })
  expect(world.requests.length).toBeGreaterThan(1)
  expect(world.requests.length).toBeLessThan(6)
})

test('late statuses do not make a habit of one late heartbeat', async () => {
  const session = await onTime()
  const { world } = session
  await beat(session, 10_000)
  await world.advance(6_000)
  say(session, 3, 5_000)
  await world.advance(2_500)
  world.stream.heartbeat(5_000)
  await world.advance(2_500)
  say(session, 4, 5_000)
  await world.advance(FRAME)
  expect(session.view.connection).toMatchObject({ phase: 'live', behindMs: 5_000 })
})

test('a heartbeat that is on time does not hide how late statuses are', async () => {
  const session = await onTime()
  const { world } = session
  await beat(session, 10_000)
  say(session, 3, 3_000)
  await beat(session, 2_000)
  await world.advance(FRAME)
  expect(session.view.connection.behindMs).toBe(3_000)
})

test('a doubt from before the page was hidden is dropped', async () => {
  const session = await onTime()
  const { world } = session
  await beat(session, 10_000)
  say(session, 3, 5_000)
  world.change({ presence: 'hidden' })
  await world.advance(3_000)
  world.change({ presence: 'shown' })
  await world.advance(3_000)
  expect(world.requests).toHaveLength(0)
  await world.advance(20_000)
  expect(world.requests).toHaveLength(1)
})

test('a session that waits is asked about, too, where it is late', async () => {
  const session = await onTime()
  const { world } = session
  await beat(session, 10_000)
  const queued = { state: 'queued', stage: 'queued', updated_at: ago(session, 5_000) } as const
  world.stream.emit('status', statusOf({ version: 3, ...queued }))
  await world.advance(2_500)
  expect(world.requests).toHaveLength(1)
})

test('a final status that is late is the end', async () => {
  const session = await onTime()
  const { world } = session
  await beat(session, 10_000)
  world.stream.emit('status', completed({ version: 3, updated_at: ago(session, 5_000) }))
  await world.advance(5_000)
  expect(session.phase).toBe('done')
  expect(world.requests).toHaveLength(0)
})

test('a poll shows how quick a path could be that is slow from the start', async () => {
  const session = follow()
  const { world } = session
  await world.advance(1_000)
  await world.request.respond(200, statusOf({ version: 1, updated_at: ago(session, 0) }), ON)
  await world.advance(3_000)
  world.stream.hello(15, 4_000)
  await held(session, 20_000, lateBy(6_000))
  expect(session.view.connection).toMatchObject({ phase: 'retrying', reason: 'buffered' })
})

test.each(['initialStatus', 'accept'])('a path that is slow from the start is found out by %s', async (way) => {
  const world = new World()
  const made = statusOf({ version: 1, updated_at: new Date(world.clock.date).toISOString() })
  const session = follow(way === 'accept' ? {} : { initialStatus: made }, world)
  if (way === 'accept') session.client.accept(made)
  await world.advance(4_000)
  world.stream.hello(15, 4_000)
  await held(session, 20_000, lateBy(6_000))
  expect(session.view.connection).toMatchObject({ phase: 'retrying', reason: 'buffered' })
})

test('an old status is no lag, whatever a poll brought before', async () => {
  const session = follow()
  const { world } = session
  await world.advance(1_000)
  await world.request.respond(200, statusOf({ version: 1, updated_at: ago(session, 0) }), ON)
  await world.advance(4_000)
  world.stream.hello()
  say(session, 2, 3_500)
  await world.advance(FRAME)
  expect(session.view.connection).toMatchObject({ mode: 'stream', behindMs: 0 })
})

test('a path that delivers in bursts is left when that comes again', async () => {
  const session = await onTime()
  const tookMs = await held(session, 60_000, (sentAt) => Math.ceil((sentAt + 1) / 5_000) * 5_000)
  expect(tookMs).toBeLessThanOrEqual(10_500)
  expect(session.view.connection).toMatchObject({ phase: 'retrying', reason: 'buffered' })
})

test('one hiccup is told while it lasts, and forgotten', async () => {
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

test('a path that is a little behind is kept, and says by how much', async () => {
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

test('what is shown is no longer behind once a poll was answered', async () => {
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

test('of two that are live, the connection as a whole is the one behind', async () => {
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

test('clocks of page, server, worker and next worker that differ are no lag', async () => {
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

test('an old first status is no lag, nor is one whose time does not go on', async () => {
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

test.each([2_500, 6_000, 3_600_000])('a server whose clock is set back by %s ms is not late', async (backMs) => {
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

test('a server that does not say its time is followed as before', async () => {
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

test('what is late in a page that is hidden or just shown accuses no path', async () => {
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

test('a page that slept hears late what was under way, and goes on', async () => {
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

test('a late stream that has no polls to go to is kept, and says how late', async () => {
  const session = await onTime({ transport: 'stream' })
  const { world } = session
  await held(session, 30_000, (sentAt) => sentAt * 1.5)
  expect(world.streams).toHaveLength(1)
  expect(session.view.connection.behindMs).toBeGreaterThan(8_000)
})

test('the list goes by heartbeats: its statuses are of many workers', async () => {
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
