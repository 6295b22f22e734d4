import { expect, test } from 'vitest'
import type { FollowOptions } from '../src/index.ts'
import { jobOf } from '../src/testing/index.ts'
import { FRAME, ON, follow, holding, says, until } from './follow.ts'

/** A stream that gave its place to a newer one, in a page whose polls are answered that it may stream. */
async function replaced(options: FollowOptions = {}) {
  const followed = follow(options)
  const { world } = followed
  world.stream.hello()
  world.stream.emit('status', jobOf({ version: 1 }))
  world.stream.emit('goodbye', { reason: 'replaced', next: 'wait', retry_after_ms: 2_000 })
  await world.advance(2_000)
  return followed
}

test('replaced, it uses long polls and does not stream again', async () => {
  const followed = await replaced()
  const { world } = followed
  for (let version = 2; world.time < 600_000; await world.advance(5_000)) {
    version += 1
    for (const request of world.openRequests) await request.respond(200, jobOf({ version }), holding('stream; reason=flag_on', version))
  }
  expect(world.streams).toHaveLength(1)
  expect(world.request.headers['Prefer']).toBe('wait=20')
  expect(followed.view.connection).toMatchObject({ phase: 'polling', mode: 'wait', reason: 'replaced', attempt: 0 })
})

test('replaced, it follows the choice of wait or poll', async () => {
  const followed = await replaced()
  const { world } = followed
  await world.request.respond(200, jobOf({ version: 2 }), says('poll; reason=at_capacity'))
  await world.advance(3_000)
  expect(world.request.headers['Prefer']).toBeUndefined()
  await world.request.respond(304, undefined)
  await world.advance(FRAME)
  expect(followed.view.connection).toMatchObject({ phase: 'polling', mode: 'poll', reason: 'replaced' })
  expect(world.streams).toHaveLength(1)
})

test.each([1_000, 60_000])('replaced, and shown again after %i ms, it streams', async (hiddenMs) => {
  const followed = await replaced()
  const { world } = followed
  await world.request.respond(200, jobOf({ version: 2 }), ON)
  world.change({ presence: 'hidden' })
  await world.advance(hiddenMs)
  expect(world.streams).toHaveLength(1)
  world.change({ presence: 'shown' })
  await world.advance(1_000)
  expect(world.streams).toHaveLength(2)
  world.stream.hello()
  await world.advance(FRAME)
  expect(followed.view.connection).toMatchObject({ phase: 'live', reason: undefined })
})

test('replaced, it streams after retryNow', async () => {
  const followed = await replaced()
  followed.client.retryNow('j1')
  expect(followed.world.openStreams).toHaveLength(1)
})

test('replaced, a choice of polling lasts after the page is shown', async () => {
  const followed = await replaced()
  const { world } = followed
  followed.client.pollOnly('j1')
  world.change({ presence: 'hidden' })
  world.change({ presence: 'shown' })
  await world.advance(FRAME)
  expect(followed.reason).toBe('manual')
  await until(followed, () => world.time > 60_000)
  expect(world.streams).toHaveLength(1)
  expect(followed.reason).toBe('manual')
})

test('replaced, stream only waits until the page is shown', async () => {
  const followed = await replaced({ transport: 'stream' })
  const { world } = followed
  await world.request.respond(200, jobOf({ version: 2 }))
  await world.advance(600_000)
  expect(world.streams).toHaveLength(1)
  expect(followed.view.connection).toMatchObject({ mode: 'none', reason: 'replaced', connectionState: 'error' })
  world.change({ presence: 'hidden' })
  world.change({ presence: 'shown' })
  await world.advance(1_000)
  expect(world.streams).toHaveLength(2)
})
