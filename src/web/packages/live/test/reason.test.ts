import { expect, test } from 'vitest'
import { jobOf } from '../src/testing/index.ts'
import { FRAME, follow, last, probing, says, until } from './follow.ts'

const OFF = says('poll; reason=flag_off')
const ON = says('stream; reason=flag_on')

/** A stream that worked, and was then taken away by the flag. */
async function flagOff() {
  const followed = follow()
  const { world } = followed
  world.stream.emit('status', jobOf({ version: 1 }))
  await last(followed)
  world.stream.emit('goodbye', { reason: 'flag_off', next: 'poll', retry_after_ms: 0 })
  await world.advance(FRAME)
  return followed
}

test('after a flag is on again the old reason is gone', async () => {
  const followed = await flagOff()
  const { world } = followed
  expect(followed.reason).toBe('flag_off')
  await world.request.respond(200, jobOf({ version: 2 }), ON)
  await world.advance(1_000)
  expect(world.openStreams).toHaveLength(1)
  expect(followed.view.connection).toMatchObject({ phase: 'connecting', mode: 'poll', reason: undefined, attempt: 0 })
  await until(followed, () => world.openStreams.length === 0)
  await world.advance(FRAME)
  expect(followed.view.connection).toMatchObject({ phase: 'retrying', reason: 'mute' })
  await until(followed, () => followed.phase === 'polling')
  expect(followed.reason).toBe('mute')
})

test('a refusal (204) that ended is no failure of the next attempt', async () => {
  const followed = follow()
  const { world } = followed
  world.stream.respond(204)
  await world.advance(0)
  await world.request.respond(200, jobOf(), OFF)
  await world.advance(3_000)
  await world.request.respond(304, undefined, ON)
  await world.advance(1_000)
  expect(followed.view.connection).toMatchObject({ phase: 'connecting', reason: undefined, attempt: 0 })
})

test('a flag that comes on in a hidden page is used when shown', async () => {
  const followed = await flagOff()
  const { world } = followed
  await world.request.respond(200, jobOf({ version: 2 }), OFF)
  world.change({ presence: 'hidden' })
  await until(followed, () => followed.phase === 'paused', 31_000)
  await until(followed, () => world.requests.length > 5)
  expect(followed.view.connection).toMatchObject({ phase: 'paused', reason: 'hidden' })
  world.change({ presence: 'shown' })
  await world.advance(1_000)
  expect(world.openStreams).toHaveLength(1)
})

test('a path that holds streams back is probed after a flag is on', async () => {
  const followed = follow()
  const { world } = followed
  await probing(followed)
  world.stream.emit('goodbye', { reason: 'kill_switch', next: 'poll', retry_after_ms: 0 })
  await world.advance(FRAME)
  expect(followed.reason).toBe('kill_switch')
  await until(followed, () => world.openStreams.length > 0)
  world.stream.hello()
  await world.advance(FRAME)
  expect(followed.view.connection).toMatchObject({ phase: 'polling', reason: 'mute' })
})

test('a path that the server found buffered is probed, too', async () => {
  const followed = follow()
  const { world } = followed
  world.stream.drop()
  await world.advance(0)
  await world.request.respond(200, jobOf(), says('poll; reason=buffered'))
  await world.advance(3_000)
  await world.request.respond(304, undefined, ON)
  await world.advance(1_000)
  world.stream.hello()
  world.stream.emit('status', jobOf())
  await world.advance(FRAME)
  expect(followed.view.connection).toMatchObject({ phase: 'polling', reason: 'buffered' })
  await world.advance(1_000)
  world.stream.emit('heartbeat')
  await world.advance(FRAME)
  expect(followed.view.connection).toMatchObject({ phase: 'live', reason: undefined })
})

test('an ended choice of polling is not a later reason', async () => {
  const followed = follow()
  const { world } = followed
  world.stream.emit('status', jobOf({ version: 1 }))
  followed.client.pollOnly('j1')
  await world.advance(0)
  await world.request.respond(200, jobOf({ version: 2 }), ON)
  followed.client.retryNow('j1')
  await world.advance(FRAME)
  expect(followed.view.connection).toMatchObject({ phase: 'connecting', reason: undefined })
  world.stream.drop()
  await world.advance(FRAME)
  expect(followed.view.connection).toMatchObject({ phase: 'retrying', reason: 'network' })
})

test('a choice of polling keeps the decision of the server', async () => {
  const followed = await flagOff()
  const { world } = followed
  followed.client.pollOnly('j1')
  await world.request.respond(200, jobOf({ version: 2 }), OFF)
  await world.advance(FRAME)
  expect(followed.reason).toBe('manual')
  followed.client.retryNow('j1')
  await world.advance(FRAME)
  expect(followed.view.connection).toMatchObject({ phase: 'polling', reason: 'flag_off' })
  expect(world.openRequests).toHaveLength(1)
  expect(world.streams).toHaveLength(1)
})

test('a refused probe on a silent path has its own reason', async () => {
  const followed = follow()
  await probing(followed)
  expect(followed.reason).toBe('mute')
  followed.world.stream.drop()
  await followed.world.advance(FRAME)
  expect(followed.view.connection).toMatchObject({ phase: 'polling', reason: 'network' })
})

test('a server that is back is no trouble before its stream opens', async () => {
  const followed = follow()
  const { world } = followed
  while (world.time < 20_000) {
    for (const stream of world.openStreams) stream.drop()
    for (const request of world.openRequests) await request.respond(500, {})
    await world.advance(100)
  }
  expect(followed.view.connection).toMatchObject({ phase: 'retrying', reason: 'http' })
  await until(followed, () => followed.phase !== 'retrying')
  expect(followed.view.connection).toMatchObject({ phase: 'connecting', reason: undefined, attempt: 0 })
  expect(world.openStreams).toHaveLength(0)
})

test.each([{ transport: 'poll' as const }, {}])('chosen polling (%o) keeps its reason after a failed poll', async (options) => {
  const followed = follow(options)
  const { world } = followed
  followed.client.pollOnly('j1')
  await world.advance(0)
  await world.request.respond(500, {})
  await world.advance(1_000)
  await world.request.respond(200, jobOf(), ON)
  await world.advance(FRAME)
  expect(followed.view.connection).toMatchObject({ phase: 'polling', reason: 'manual', nextRetryAt: undefined })
})
