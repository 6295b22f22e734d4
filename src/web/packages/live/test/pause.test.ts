import { expect, test } from 'vitest'
import { World, completedJob, jobOf } from '../src/testing/index.ts'
import { FRAME, ON, beat, follow, live, polled, probing, until } from './follow.ts'

test.each([
  ['http/1.1', 30_000],
  [undefined, 30_000],
  ['h2', 300_000],
  ['h3', 300_000],
])('over %s a hidden page keeps its stream for %i ms', async (protocol, hideMs) => {
  const followed = await live(Object.assign(new World(), { protocol }))
  const { world } = followed
  world.change({ presence: 'hidden' })
  await world.advance(hideMs - 10)
  expect(world.openStreams).toHaveLength(1)
  await world.advance(20 + FRAME)
  expect(world.openStreams).toHaveLength(0)
  expect(followed.view.connection).toMatchObject({ phase: 'paused', reason: 'hidden', connectionState: 'connecting' })
  const before = world.requests.length
  await world.advance(30_000)
  await world.request.respond(200, jobOf({ version: 2 }), ON)
  await world.advance(29_900)
  expect(world.requests).toHaveLength(before + 1)
  expect(followed.view.job?.version).toBe(2)
  await world.advance(200)
  expect(world.requests).toHaveLength(before + 2)
  expect(world.streams).toHaveLength(1)
})

test('a page that is shown polls at once and streams in a second', async () => {
  const followed = await live()
  const { world } = followed
  world.change({ presence: 'hidden' })
  await world.advance(40_000)
  world.change({ presence: 'shown' })
  await world.advance(0)
  expect(world.openRequests).toHaveLength(1)
  await world.advance(1_000)
  expect(world.openStreams).toHaveLength(1)
  world.stream.hello()
  await world.advance(FRAME)
  expect(followed.view.connection).toMatchObject({ phase: 'live', attempt: 0, reason: undefined })
  await beat(followed, 20_000)
  expect(followed.phase).toBe('live')
})

test('a tab that is hidden for a moment keeps its stream', async () => {
  const followed = await live()
  followed.world.change({ presence: 'hidden' })
  await followed.world.advance(10_000)
  followed.world.change({ presence: 'shown' })
  await beat(followed, 30_000)
  expect(followed.phase).toBe('live')
  expect(followed.world.streams).toHaveLength(1)
  expect(followed.world.requests).toHaveLength(0)
})

test('watchdogs stop while hidden and restart when shown', async () => {
  const world = Object.assign(new World(), { protocol: 'h2' })
  const followed = follow({ initialJob: jobOf() }, world)
  world.change({ presence: 'hidden' })
  await world.advance(60_000)
  expect(world.openStreams).toHaveLength(1)
  world.change({ presence: 'shown' })
  await world.advance(5_900)
  expect(world.openStreams).toHaveLength(1)
  await world.advance(200)
  expect(followed.reason).toBe('mute')
})

test('an open socket that was silent too long is replaced', async () => {
  const followed = await live(Object.assign(new World(), { protocol: 'h2' }))
  const { world } = followed
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
  expect(followed.view.connection).toMatchObject({ phase: 'live', attempt: 0 })
})

test('a late watchdog runs after the queued events', async () => {
  const followed = await live()
  const { world } = followed
  // The machine slept; the browser delivers what it received after the timers that are overdue.
  world.clock.after(60_000, () => world.stream.emit('heartbeat'))
  await world.clock.sleep(60_000)
  expect(followed.phase).toBe('live')
  await world.advance(30_000)
  expect(world.streams).toHaveLength(1)
})

test('a late watchdog without queued events ends the stream', async () => {
  const followed = await live()
  await followed.world.clock.sleep(60_000)
  await followed.world.advance(FRAME)
  expect(followed.reason).toBe('stalled')
})

test('a page that is away holds nothing open and resumes', async () => {
  const followed = await live()
  const { world } = followed
  world.change({ presence: 'away' })
  await world.advance(FRAME)
  expect(followed.view.connection).toMatchObject({ phase: 'paused', reason: 'away', mode: 'none' })
  expect(world.openStreams).toHaveLength(0)
  await world.advance(600_000)
  expect(world.requests).toHaveLength(0)
  expect(world.streams).toHaveLength(1)
  world.change({ presence: 'shown' })
  await world.advance(1_000)
  expect(world.openRequests).toHaveLength(1)
  world.stream.hello()
  await world.advance(FRAME)
  expect(followed.phase).toBe('live')
})

test('away during a poll, it cancels it and polls when back', async () => {
  const followed = await polled()
  const { world } = followed
  await world.advance(3_000)
  expect(world.openRequests).toHaveLength(1)
  world.change({ presence: 'away' })
  expect(world.openRequests).toHaveLength(0)
  world.change({ presence: 'shown' })
  await world.advance(FRAME)
  expect(followed.view.connection).toMatchObject({ phase: 'polling', reason: 'flag_off' })
  expect(world.openRequests).toHaveLength(1)
  expect(world.streams).toHaveLength(1)
})

test('polling slows down while hidden, and polls at once when shown', async () => {
  const followed = await polled()
  const { world } = followed
  world.change({ presence: 'hidden' })
  await until(followed, () => followed.phase === 'paused', 31_000)
  const before = world.requests.length
  await world.advance(29_000)
  expect(world.requests).toHaveLength(before)
  world.change({ presence: 'shown' })
  await world.advance(0)
  expect(world.requests).toHaveLength(before + 1)
})

test('a page that is shown while it polls, polls at once', async () => {
  const followed = await polled()
  followed.world.change({ presence: 'hidden' })
  await followed.world.advance(1_000)
  followed.world.change({ presence: 'shown' })
  await followed.world.advance(0)
  expect(followed.world.requests).toHaveLength(2)
})

test('a probe waits while hidden', async () => {
  const followed = follow()
  await probing(followed)
  followed.world.change({ presence: 'hidden' })
  await followed.world.advance(31_000)
  const tried = followed.world.streams.length
  await followed.world.advance(600_000)
  expect(followed.world.streams).toHaveLength(tried)
  followed.world.change({ presence: 'shown' })
  await until(followed, () => followed.world.streams.length > tried, 150_000)
  expect(followed.phase).toBe('polling')
})

test('offline and hidden, it waits for both', async () => {
  const followed = await live()
  const { world } = followed
  world.change({ online: false })
  await world.advance(0)
  await world.request.fail()
  world.change({ presence: 'hidden' })
  world.change({ presence: 'shown' })
  await world.advance(0)
  expect(world.openRequests).toHaveLength(1)
  await world.request.fail()
  await world.advance(FRAME)
  expect(followed.view.connection).toMatchObject({ phase: 'paused', reason: 'offline' })
  world.change({ online: true })
  await world.advance(1_000)
  expect(world.openStreams).toHaveLength(1)
})

test('a page opened offline polls once, and streams when online', async () => {
  const world = Object.assign(new World(), { online: false })
  const followed = follow({}, world)
  await world.advance(FRAME)
  expect(followed.view.connection).toMatchObject({ phase: 'paused', reason: 'offline' })
  expect(world.openStreams).toHaveLength(0)
  await world.request.fail()
  world.change({ online: true })
  await world.advance(1_000)
  expect(world.openStreams).toHaveLength(1)
})

test('retryNow works in a paused page', async () => {
  const followed = await live()
  const { world } = followed
  world.change({ online: false })
  await world.advance(0)
  await world.request.fail()
  followed.client.retryNow('j1')
  await world.advance(1_000)
  expect(world.openStreams).toHaveLength(1)
  world.stream.hello()
  await world.advance(FRAME)
  expect(followed.phase).toBe('live')
})

test('a final status from a poll while hidden ends the following', async () => {
  const followed = await live()
  followed.world.change({ presence: 'hidden' })
  await followed.world.advance(61_000)
  await followed.world.request.respond(200, completedJob())
  expect(followed.phase).toBe('done')
  followed.world.change({ presence: 'shown' })
  await followed.world.advance(FRAME)
  expect(followed.world.openStreams).toHaveLength(0)
  expect(followed.world.clock.pending).toBe(0)
})

test('shown and online at the same moment, it is not paused later', async () => {
  const followed = await live()
  const { world } = followed
  world.change({ online: false })
  await world.advance(0)
  await world.request.respond(200, jobOf(), ON)
  await world.advance(1_000)
  world.change({ presence: 'hidden' })
  world.stream.drop()
  world.change({ presence: 'shown', online: true })
  await world.advance(1_000)
  world.stream.hello()
  await beat(followed, 31_000)
  expect(followed.phase).toBe('live')
})
