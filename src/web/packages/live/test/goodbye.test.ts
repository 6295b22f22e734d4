import { expect, test } from 'vitest'
import { FRAME, follow, holding, last, says, until } from './follow.ts'
import { completedJob, jobOf } from '../src/testing/index.ts'

async function live() {
  const followed = follow()
  followed.world.stream.hello()
  followed.world.stream.emit('status', jobOf({ version: 1 }))
  await followed.world.advance(FRAME)
  return followed
}

test.each(['max_age', 'draining'])('%s rotates the stream without counting as a failure', async (reason) => {
  const followed = await live()
  await last(followed)
  followed.world.stream.emit('goodbye', { reason, next: 'stream', retry_after_ms: 500 })
  await followed.world.advance(FRAME)
  expect(followed.view.connection).toMatchObject({ phase: 'connecting', attempt: 0, reason })
  expect(followed.world.openStreams).toHaveLength(0)
  await followed.world.advance(1_000)
  expect(followed.world.openStreams).toHaveLength(1)
  expect(followed.world.stream.url.searchParams.get('last_event_id')).toBe('1')
  followed.world.stream.hello()
  await followed.world.advance(FRAME)
  expect(followed.view.connection).toMatchObject({ phase: 'live', reason: undefined })
  expect(followed.world.requests).toHaveLength(0)
})

test('a server that ends each stream at once is polled in the end', async () => {
  const followed = follow()
  const { world } = followed
  const opened: number[] = []
  for (let streams = 1; streams <= 5; streams += 1) {
    await until(followed, () => world.streams.length === streams)
    opened.push(world.time)
    world.stream.hello()
    world.stream.emit('status', jobOf({ version: streams }))
    world.stream.emit('goodbye', { reason: 'draining', next: 'stream', retry_after_ms: 0 })
    await world.advance(FRAME)
    const phase = streams < 3 ? 'retrying' : 'polling'
    expect(followed.view.connection).toMatchObject({ phase, reason: 'draining', mode: 'poll', attempt: streams })
  }
  const gaps = opened.slice(1).map((at, index) => at - (opened[index] ?? 0))
  expect(gaps.map((ms) => Math.round(ms / 1_000))).toEqual([1, 2, 33, 66])
})

test('a stream that ends early waits as long as the server said', async () => {
  const followed = await live()
  followed.world.stream.emit('goodbye', { reason: 'draining', next: 'stream', retry_after_ms: 4_000 })
  await followed.world.advance(4_400)
  expect(followed.world.streams).toHaveLength(1)
  await followed.world.advance(200)
  expect(followed.world.streams).toHaveLength(2)
})

test.each(['flag_off', 'kill_switch', 'buffered', 'at_capacity'])('%s switches to polling for good', async (reason) => {
  const followed = await live()
  followed.world.stream.emit('goodbye', { reason, next: 'poll', retry_after_ms: 3_000 })
  await followed.world.advance(FRAME)
  expect(followed.view.connection).toMatchObject({ phase: 'polling', mode: 'poll', reason })
  expect(followed.world.openStreams).toHaveLength(0)
  // Spread over the delay the server gave.
  expect(followed.world.requests).toHaveLength(0)
  await followed.world.advance(1_500)
  expect(followed.world.requests).toHaveLength(1)
  await followed.world.request.respond(200, jobOf({ version: 2 }), says(`poll; reason=${reason}`))
  await followed.world.advance(600_000)
  expect(followed.world.streams).toHaveLength(1)
})

test('a full server gets no stream before its Retry-After', async () => {
  const followed = await live()
  followed.world.stream.emit('goodbye', { reason: 'at_capacity', next: 'poll', retry_after_ms: 10_000 })
  await followed.world.advance(5_000)
  await followed.world.request.respond(200, jobOf({ version: 2 }), says('stream; reason=flag_on'))
  await followed.world.advance(2_000)
  expect(followed.world.streams).toHaveLength(1)
  await followed.world.advance(1_000)
  await followed.world.advance(3_000)
  await followed.world.request.respond(304, undefined, says('stream; reason=flag_on'))
  await followed.world.advance(1_000)
  expect(followed.world.streams).toHaveLength(2)
})

test('next: wait uses long polls', async () => {
  const followed = await live()
  followed.world.stream.emit('goodbye', { reason: 'at_capacity', next: 'wait', retry_after_ms: 1_000 })
  await followed.world.advance(1_000)
  expect(followed.world.request.headers['Prefer']).toBe('wait=20')
  await followed.world.request.respond(200, jobOf({ version: 2 }), holding('wait; reason=at_capacity'))
  await followed.world.advance(FRAME)
  expect(followed.view.connection.mode).toBe('wait')
})

test('signed_out ends the following', async () => {
  const followed = await live()
  followed.world.stream.emit('goodbye', { reason: 'signed_out', next: 'none' })
  expect(followed.view.connection).toMatchObject({ phase: 'failed', reason: 'signed_out' })
  await followed.world.advance(600_000)
  expect(followed.world.streams).toHaveLength(1)
  expect(followed.world.requests).toHaveLength(0)
})

test('final without a final status is checked by a poll', async () => {
  const followed = await live()
  followed.world.stream.emit('goodbye', { reason: 'final', next: 'none' })
  await followed.world.advance(FRAME)
  expect(followed.phase).not.toBe('done')
  expect(followed.world.openStreams).toHaveLength(0)
  await followed.world.request.respond(200, completedJob(), says('poll; reason=final'))
  expect(followed.phase).toBe('done')
})

test('an unknown reason is handled, too', async () => {
  const followed = await live()
  followed.world.stream.emit('goodbye', { reason: 'full_moon', next: 'poll', retry_after_ms: null })
  await followed.world.advance(FRAME)
  expect(followed.view.connection).toMatchObject({ phase: 'polling', reason: 'server' })
})
