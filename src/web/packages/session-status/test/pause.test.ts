import { expect, test } from 'vitest'
import { World, completed, statusOf } from '../src/testing/index.ts'
import { FRAME, ON, beat, follow, live, polled, probing, until } from './follow.ts'

test.each([
  ['http/1.1', 30_000],
  [undefined, 30_000],
  ['h2', 300_000],
  ['h3', 300_000],
])('over %s a hidden page keeps its stream for %i ms', async (protocol, hideMs) => {
  const session = await live(Object.assign(new World(), { protocol }))
  const { world } = session
  world.change({ presence: 'hidden' })
  await world.advance(hideMs - 10)
  expect(world.openStreams).toHaveLength(1)
  await world.advance(20 + FRAME)
  expect(world.openStreams).toHaveLength(0)
  expect(session.view.connection).toMatchObject({ phase: 'paused', reason: 'hidden', connectionState: 'connecting' })
  const before = world.requests.length
  await world.advance(30_000)
  await world.request.respond(200, statusOf({ version: 2 }), ON)
  await world.advance(29_900)
  expect(world.requests).toHaveLength(before + 1)
  expect(session.view.status?.version).toBe(2)
  await world.advance(200)
  expect(world.requests).toHaveLength(before + 2)
  expect(world.streams).toHaveLength(1)
})

test('a page that is shown polls at once and streams in a second', async () => {
  const session = await live()
  const { world } = session
  world.change({ presence: 'hidden' })
  await world.advance(40_000)
  world.change({ presence: 'shown' })
  await world.advance(0)
  expect(world.openRequests).toHaveLength(1)
  await world.advance(1_000)
  expect(world.openStreams).toHaveLength(1)
  world.stream.hello()
  await world.advance(FRAME)
  expect(session.view.connection).toMatchObject({ phase: 'live', attempt: 0, reason: undefined })
  await beat(session, 20_000)
  expect(session.phase).toBe('live')
})

test('a tab that is hidden for a moment keeps its stream', async () => {
  const session = await live()
  session.world.change({ presence: 'hidden' })
  await session.world.advance(10_000)
  session.world.change({ presence: 'shown' })
  await beat(session, 30_000)
  expect(session.phase).toBe('live')
  expect(session.world.streams).toHaveLength(1)
  expect(session.world.requests).toHaveLength(0)
})

test('watchdogs stop while hidden and restart when shown', async () => {
  const world = Object.assign(new World(), { protocol: 'h2' })
  const session = follow({ initialStatus: statusOf() }, world)
  world.change({ presence: 'hidden' })
  await world.advance(60_000)
  expect(world.openStreams).toHaveLength(1)
  world.change({ presence: 'shown' })
  await world.advance(5_900)
  expect(world.openStreams).toHaveLength(1)
  await world.advance(200)
  expect(session.reason).toBe('mute')
})

test('an open socket that was silent too long is replaced', async () => {
  const session = await live(Object.assign(new World(), { protocol: 'h2' }))
  const { world } = session
  world.change({ presence: 'hidden' })
  await world.clock.sleep(200_000)
  world.change({ presence: 'shown' })
  await world.advance(0)
  expect(world.openStreams).toHaveLength(0)
  expect(world.openRequests).toHaveLength(1)
  await world.advance(1_000)
  expect(world.openStreams).toHaveLength(1)
  world.stream.hello()
  await world.advance(FRAME)
  expect(session.view.connection).toMatchObject({ phase: 'live', attempt: 0 })
})

test('a late watchdog runs after the queued events', async () => {
  const session = await live()
  const { world } = session
  // The machine slept; the browser delivers what it received after the timers that are overdue.
  world.clock.after(60_000, () => world.stream.emit('heartbeat'))
  await world.clock.sleep(60_000)
  expect(session.phase).toBe('live')
  await world.advance(30_000)
  expect(world.streams).toHaveLength(1)
})

test('a late watchdog without queued events ends the stream', async () => {
  const session = await live()
  await session.world.clock.sleep(60_000)
  await session.world.advance(FRAME)
  expect(session.reason).toBe('stalled')
})

test('a page that is away holds nothing open and resumes', async () => {
  const session = await live()
  const { world } = session
  world.change({ presence: 'away' })
  await world.advance(FRAME)
  expect(session.view.connection).toMatchObject({ phase: 'paused', reason: 'away', mode: 'none' })
  expect(world.openStreams).toHaveLength(0)
  await world.advance(600_000)
  expect(world.requests).toHaveLength(0)
  expect(world.streams).toHaveLength(1)
  world.change({ presence: 'shown' })
  await world.advance(1_000)
  expect(world.openRequests).toHaveLength(1)
  world.stream.hello()
  await world.advance(FRAME)
  expect(session.phase).toBe('live')
})

test('away during a poll, it cancels it and polls when back', async () => {
  const session = await polled()
  const { world } = session
  await world.advance(3_000)
  expect(world.openRequests).toHaveLength(1)
  world.change({ presence: 'away' })
  expect(world.openRequests).toHaveLength(0)
  world.change({ presence: 'shown' })
  await world.advance(FRAME)
  expect(session.view.connection).toMatchObject({ phase: 'polling', reason: 'flag_off' })
  expect(world.openRequests).toHaveLength(1)
  expect(world.streams).toHaveLength(1)
})

test('polling slows down while hidden, and polls at once when shown', async () => {
  const session = await polled()
  const { world } = session
  world.change({ presence: 'hidden' })
  await until(session, () => session.phase === 'paused', 31_000)
  const before = world.requests.length
  await world.advance(29_000)
  expect(world.requests).toHaveLength(before)
  world.change({ presence: 'shown' })
  await world.advance(0)
  expect(world.requests).toHaveLength(before + 1)
})

test('a page that is shown while it polls, polls at once', async () => {
  const session = await polled()
  session.world.change({ presence: 'hidden' })
  await session.world.advance(1_000)
  session.world.change({ presence: 'shown' })
  await session.world.advance(0)
  expect(session.world.requests).toHaveLength(2)
})

test('a probe waits while hidden', async () => {
  const session = follow()
  await probing(session)
  session.world.change({ presence: 'hidden' })
  await session.world.advance(31_000)
  const tried = session.world.streams.length
  await session.world.advance(600_000)
  expect(session.world.streams).toHaveLength(tried)
  session.world.change({ presence: 'shown' })
  await until(session, () => session.world.streams.length > tried, 150_000)
  expect(session.phase).toBe('polling')
})

test('offline and hidden, it waits for both', async () => {
  const session = await live()
  const { world } = session
  world.change({ online: false })
  await world.advance(0)
  await world.request.fail()
  world.change({ presence: 'hidden' })
  world.change({ presence: 'shown' })
  await world.advance(0)
  expect(world.openRequests).toHaveLength(1)
  await world.request.fail()
  await world.advance(FRAME)
  expect(session.view.connection).toMatchObject({ phase: 'paused', reason: 'offline' })
  world.change({ online: true })
  await world.advance(1_000)
  expect(world.openStreams).toHaveLength(1)
})

test('a page opened offline polls once, and streams when online', async () => {
  const world = Object.assign(new World(), { online: false })
  const session = follow({}, world)
  await world.advance(FRAME)
  expect(session.view.connection).toMatchObject({ phase: 'paused', reason: 'offline' })
  expect(world.openStreams).toHaveLength(0)
  await world.request.fail()
  world.change({ online: true })
  await world.advance(1_000)
  expect(world.openStreams).toHaveLength(1)
})

test('retryNow works in a paused page', async () => {
  const session = await live()
  const { world } = session
  world.change({ online: false })
  await world.advance(0)
  await world.request.fail()
  session.client.retryNow('s1')
  await world.advance(1_000)
  expect(world.openStreams).toHaveLength(1)
  world.stream.hello()
  await world.advance(FRAME)
  expect(session.phase).toBe('live')
})

test('a final status from a poll while hidden ends the following', async () => {
  const session = await live()
  session.world.change({ presence: 'hidden' })
  await session.world.advance(61_000)
  await session.world.request.respond(200, completed())
  expect(session.phase).toBe('done')
  session.world.change({ presence: 'shown' })
  await session.world.advance(FRAME)
  expect(session.world.openStreams).toHaveLength(0)
  expect(session.world.clock.pending).toBe(0)
})

test('shown and online at the same moment, it is not paused later', async () => {
  const session = await live()
  const { world } = session
  world.change({ online: false })
  await world.advance(0)
  await world.request.respond(200, statusOf(), ON)
  await world.advance(1_000)
  world.change({ presence: 'hidden' })
  world.stream.drop()
  world.change({ presence: 'shown', online: true })
  await world.advance(1_000)
  world.stream.hello()
  await beat(session, 31_000)
  expect(session.phase).toBe('live')
})
