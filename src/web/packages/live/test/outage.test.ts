import { expect, test } from 'vitest'
import { World, jobOf } from '../src/testing/index.ts'
import { FRAME, follow, last, says, until } from './follow.ts'

const ON = says('stream; reason=flag_on')
const FULL = says('poll; reason=at_capacity')
type Following = ReturnType<typeof follow>

async function live() {
  const followed = follow()
  followed.world.stream.emit('status', jobOf({ version: 1 }))
  await last(followed)
  return followed
}

/** Lets time pass while streams are refused and polls get the test's responses, one after another. */
async function refused({ world }: Following, ms: number, answer: (poll: number) => [number, Record<string, string>]) {
  let polls = 0
  for (const end = world.time + ms; world.time < end; await world.advance(100)) {
    if (world.streams.length > 0) world.stream.respond(503)
    for (const request of world.openRequests) await request.respond(...answerOf(answer((polls += 1))))
  }
}
const answerOf = ([code, headers]: [number, Record<string, string>]) => [code, jobOf(), headers] as const

test('a dead network is not a path that holds streams back', async () => {
  const followed = await live()
  const { world } = followed
  await world.advance(15 * 60_000)
  expect(followed.phase).toBe('retrying')
  const tried = world.streams.length
  await until(followed, () => world.openStreams.length > 0 && world.streams.length > tried, 12_000)
  world.stream.hello()
  await world.advance(FRAME)
  expect(followed.phase).toBe('live')
  follow({}, world, 'j2')
  expect(world.openStreams).toHaveLength(2)
})

test.each<[string, (poll: number) => [number, Record<string, string>]]>([
  ['every other poll says that there is no room', (poll) => [200, poll % 2 ? FULL : ON]],
  ['every tenth poll is refused', (poll) => (poll % 10 ? [200, ON] : [429, { 'Retry-After': '2' }])],
  ['every other poll fails', (poll) => [poll % 2 ? 200 : 502, ON]],
])('where %s, refused streams are tried less and less often', async (_name, answer) => {
  const followed = follow()
  await refused(followed, 600_000, answer)
  expect(followed.world.streams.length).toBeLessThanOrEqual(10)
})

test('streams that always end at once are opened less and less often', async () => {
  const followed = follow()
  const { world } = followed
  for (const end = 600_000; world.time < end; await world.advance(100)) {
    if (world.openStreams.length > 0) {
      world.stream.hello()
      world.stream.emit('goodbye', { reason: 'at_capacity', next: 'poll', retry_after_ms: 0 })
    }
    for (const request of world.openRequests) await request.respond(200, jobOf(), ON)
  }
  expect(world.streams.length).toBeLessThanOrEqual(10)
})

test('a probe that is due in a hidden page runs when it is shown', async () => {
  const followed = follow()
  const { world } = followed
  await refused(followed, 300_000, () => [200, ON])
  const tried = world.streams.length
  for (let turns = 0; turns < 4; turns += 1) {
    world.change({ presence: 'hidden' })
    await refused(followed, 35_000, () => [200, ON])
    world.change({ presence: 'shown' })
    await refused(followed, 240_000, () => [200, ON])
  }
  expect(world.streams.length - tried).toBeGreaterThanOrEqual(3)
})

test('it is not connected before a response, nor when stale', async () => {
  const followed = follow({ transport: 'poll' })
  await followed.world.advance(5_000)
  expect(followed.view.connection).toMatchObject({ phase: 'connecting', mode: 'poll', connectionState: 'connecting' })
  const swallowed = await live()
  await swallowed.world.advance(45_000)
  expect(swallowed.view.connection).toMatchObject({ phase: 'polling', isStale: true, connectionState: 'error' })
})

test('the reason is that of the present trouble', async () => {
  const followed = await live()
  const { world } = followed
  await world.advance(37_600)
  await world.request.respond(502)
  await world.advance(FRAME)
  expect(followed.view.connection).toMatchObject({ phase: 'retrying', reason: 'http' })
  await world.advance(1_000)
  await world.request.respond(304, undefined, ON)
  await world.advance(FRAME)
  expect(followed.reason).toBe('stalled')
})

test('a failure in a hidden page has a reason when it is shown', async () => {
  const followed = follow({ transport: 'poll' })
  const { world } = followed
  await world.advance(0)
  await world.request.respond(502)
  world.change({ presence: 'hidden' })
  await world.advance(31_000)
  world.change({ presence: 'shown' })
  await world.advance(FRAME)
  expect(followed.view.connection).toMatchObject({ phase: 'retrying', reason: expect.stringMatching(/http|network/) })
})

test('offline is no reason once it is online', async () => {
  const followed = follow()
  const { world } = followed
  await refused(followed, 20_000, () => [200, ON])
  await until(followed, () => world.openStreams.length > 0)
  world.online = false
  world.stream.drop()
  world.change({ online: false })
  await world.advance(500)
  world.change({ online: true })
  await until(followed, () => followed.phase === 'polling')
  expect(followed.reason).toBe('network')
})

test('nextStreamAt is not before the server allows the stream', async () => {
  const followed = await live()
  const { world } = followed
  world.stream.drop()
  await world.advance(0)
  await world.request.respond(503, undefined, { 'Retry-After': '60' })
  await world.advance(FRAME)
  expect(followed.view.connection.nextRetryAt).toBe(world.time - FRAME + 60_000)
})

test('a page that waits in line asks for nothing before its time, and then streams', async () => {
  const followed = await live()
  const { world } = followed
  world.stream.respond(503) // an EventSource sees no header of it: the poll is told
  await world.advance(0)
  await world.request.respond(503, {}, { 'Retry-After': '4' })
  await world.advance(3_900)
  expect(followed.view.connection).toMatchObject({ phase: 'retrying', reason: 'busy', nextRetryAt: world.time + 100 })
  expect(followed.view.job).toMatchObject({ version: 1 })
  expect([world.streams.length, world.statusRequests.length]).toEqual([1, 1])
  await world.advance(200)
  expect(world.streams).toHaveLength(2)
  world.stream.hello()
  await world.advance(FRAME)
  expect(followed.phase).toBe('live')
})

test('a long gap between two streams is bridged by polling', async () => {
  const followed = await live()
  const { world } = followed
  world.stream.emit('goodbye', { reason: 'max_age', next: 'stream', retry_after_ms: 60_000 })
  await world.advance(1_000)
  expect(world.openRequests).toHaveLength(1)
  expect(world.streams).toHaveLength(1)
})

test('stream only streams again after a choice of polling', async () => {
  const followed = follow({ transport: 'stream' })
  const { world } = followed
  followed.client.pollOnly('j1')
  await world.advance(0)
  followed.client.retryNow('j1')
  await world.request.respond(304, undefined, ON)
  world.stream.respond(503)
  await world.advance(0)
  await world.request.respond(304, undefined, ON)
  await world.advance(400)
  expect(world.statusRequests).toHaveLength(2)
  expect(followed.view.connection.mode).toBe('none')
})

test('stream only polls a server on this machine while offline', async () => {
  const world = Object.assign(new World(), { online: false })
  const followed = follow({ transport: 'stream' }, world)
  await world.advance(0)
  await world.request.fail()
  await world.advance(30_000)
  await world.request.respond(200, jobOf(), ON)
  await world.advance(1_000)
  world.stream.hello()
  await world.advance(FRAME)
  expect(followed.phase).toBe('live')
})

test('twenty clicks on "try again" are one attempt', async () => {
  const followed = follow()
  for (let clicks = 0; clicks < 20; clicks += 1) {
    followed.client.retryNow('j1')
    await followed.world.advance(50)
  }
  expect(followed.world.streams).toHaveLength(1)
  expect(followed.world.requests).toHaveLength(1)
})

test('an error page of a proxy is no refusal of the service', async () => {
  const followed = follow()
  const { world } = followed
  world.stream.drop()
  await world.advance(0)
  await world.request.respond(404, undefined, { 'Content-Type': 'text/html' })
  await world.advance(FRAME)
  expect(followed.view.connection).toMatchObject({ phase: 'retrying', reason: 'http' })
})

test.each([
  ['1', 500],
  ['Infinity', 300_000],
  ['-5', 3_000],
])('Playhead-Poll-After-Ms: %s is a poll delay of %i ms', async (header, pollMs) => {
  const followed = follow({ transport: 'poll' })
  await followed.world.advance(0)
  await followed.world.request.respond(200, jobOf(), { ...ON, 'Playhead-Poll-After-Ms': header })
  await followed.world.advance(FRAME)
  expect(followed.view.connection.pollMs).toBe(pollMs)
})

test('a negative heartbeat is replaced by the least one', async () => {
  const followed = follow()
  followed.world.stream.hello(-100)
  await followed.world.advance(9_000)
  expect(followed.phase).toBe('live')
})

test('a clock that is set back does not prolong a stored path', async () => {
  const world = new World()
  world.memory.set('live:/status/stream', world.env.date() + 24 * 3_600_000)
  follow({}, world)
  expect(world.openStreams).toHaveLength(1)
})
