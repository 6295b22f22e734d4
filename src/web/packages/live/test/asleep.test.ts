import { expect, test } from 'vitest'
import { World, completedJob, jobOf } from '../src/testing/index.ts'
import { FRAME, OFF, ON, follow, last, live, polled } from './follow.ts'

test.each<[string, (followed: Awaited<ReturnType<typeof live>>) => void]>([
  ['a person tries again', ({ client }) => client.retryNow('j1')],
  ['somebody else follows it', ({ client }) => client.subscribe('j1', {}, () => {})],
  ['a job is tried again', ({ client }) => client.accept(jobOf({ version: 9, attempt: 2 }))],
])('away, it holds nothing open even if %s', async (_name, act) => {
  const followed = follow()
  const { world } = followed
  world.stream.emit('status', completedJob({ version: 1, state: 'failed', stage: 'failed' }))
  followed.client.accept(jobOf({ version: 2 }))
  world.change({ presence: 'away' })
  act(followed)
  await world.advance(60_000)
  expect(world.openStreams).toHaveLength(0)
  expect(world.openRequests).toHaveLength(0)
  expect(followed.phase).toBe('paused')
})

test('a page that is shown polls at once, but not again within a moment', async () => {
  const followed = await live()
  const { world } = followed
  world.stream.emit('goodbye', { reason: 'at_capacity', next: 'wait', retry_after_ms: 0 })
  await world.advance(0)
  world.change({ presence: 'hidden' })
  await world.advance(9_000)
  world.change({ presence: 'shown' })
  await world.advance(0)
  expect(world.requests.map(({ aborted }) => aborted)).toEqual([true, false])
  for (let turns = 0; turns < 10; turns += 1) {
    world.change({ presence: 'hidden' })
    world.change({ presence: 'shown' })
  }
  await world.advance(500)
  expect(world.requests).toHaveLength(2)
})

test('a response from while the machine slept comes before the timeout', async () => {
  const followed = await polled()
  const { world } = followed
  await world.advance(3_000)
  const { request } = world
  world.clock.after(60_000, () => void request.respond(200, jobOf({ version: 2 }), OFF))
  await world.clock.sleep(60_000)
  await world.advance(FRAME)
  expect(followed.view.job?.version).toBe(2)
  expect(request.aborted).toBe(false)
})

test('a socket counts as dead after the machine slept', async () => {
  const world = new World()
  let sleptMs = 0
  const { date } = world.env
  Object.assign(world.env, { date: () => date() + sleptMs })
  await live(world)
  world.change({ presence: 'hidden' })
  sleptMs = 3_600_000
  world.change({ presence: 'shown' })
  await world.advance(0)
  expect(world.openStreams).toHaveLength(0)
  expect(world.openRequests).toHaveLength(1)
})

test('polled every 30 s in the background, it is never stale', async () => {
  const followed = follow()
  const { world } = followed
  world.stream.hello(5)
  world.change({ presence: 'hidden' })
  for (let seconds = 0; seconds < 300; seconds += 1) {
    await world.advance(1_000)
    if (seconds > 61) expect(followed.view.connection.isStale).toBe(false)
    for (const request of world.openRequests) await request.respond(304, undefined, ON)
  }
})

test('a stream that ends in a hidden page opens again when shown', async () => {
  const followed = await live(Object.assign(new World(), { protocol: 'h2' }))
  const { world } = followed
  world.change({ presence: 'hidden' })
  await last(followed)
  world.stream.emit('goodbye', { reason: 'max_age', next: 'stream', retry_after_ms: 0 })
  await world.advance(32_000)
  expect(followed.phase).toBe('paused')
  expect(world.openRequests).toHaveLength(1)
  world.change({ presence: 'shown' })
  await world.advance(1_000)
  expect(world.openStreams).toHaveLength(1)
})
