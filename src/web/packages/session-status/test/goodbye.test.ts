import { expect, test } from 'vitest'
import { FRAME, follow, last, says, until } from './follow.ts'
import { completed, statusOf } from '../src/testing/index.ts'

async function live() {
  const session = follow()
  session.world.stream.hello()
  session.world.stream.emit('status', statusOf({ version: 1 }))
  await session.world.advance(FRAME)
  return session
}

test.each(['max_age', 'draining'])('%s rotates the stream without counting as a failure', async (reason) => {
  const session = await live()
  await last(session)
  session.world.stream.emit('goodbye', { reason, next: 'stream', retry_after_ms: 500 })
  await session.world.advance(FRAME)
  expect(session.view.connection).toMatchObject({ phase: 'connecting', attempt: 0, reason })
  expect(session.world.openStreams).toHaveLength(0)
  await session.world.advance(1_000)
  expect(session.world.openStreams).toHaveLength(1)
  expect(session.world.stream.url.searchParams.get('last_event_id')).toBe('1')
  session.world.stream.hello()
  await session.world.advance(FRAME)
  expect(session.view.connection).toMatchObject({ phase: 'live', reason: undefined })
  expect(session.world.requests).toHaveLength(0)
})

test('a server that ends each stream at once is polled in the end', async () => {
  const session = follow()
  const { world } = session
  const opened: number[] = []
  for (let streams = 1; streams <= 5; streams += 1) {
    await until(session, () => world.streams.length === streams)
    opened.push(world.time)
    world.stream.hello()
    world.stream.emit('status', statusOf({ version: streams }))
    world.stream.emit('goodbye', { reason: 'draining', next: 'stream', retry_after_ms: 0 })
    await world.advance(FRAME)
    const phase = streams < 3 ? 'retrying' : 'polling'
    expect(session.view.connection).toMatchObject({ phase, reason: 'draining', mode: 'poll', attempt: streams })
  }
  const gaps = opened.slice(1).map((at, index) => at - (opened[index] ?? 0))
  expect(gaps.map((ms) => Math.round(ms / 1_000))).toEqual([1, 2, 33, 66])
})

test('a stream that ends early waits as long as the server said', async () => {
  const session = await live()
  session.world.stream.emit('goodbye', { reason: 'draining', next: 'stream', retry_after_ms: 4_000 })
  await session.world.advance(4_400)
  expect(session.world.streams).toHaveLength(1)
  await session.world.advance(200)
  expect(session.world.streams).toHaveLength(2)
})

test.each(['flag_off', 'kill_switch', 'buffered', 'at_capacity'])('%s switches to polling for good', async (reason) => {
  const session = await live()
  session.world.stream.emit('goodbye', { reason, next: 'poll', retry_after_ms: 3_000 })
  await session.world.advance(FRAME)
  expect(session.view.connection).toMatchObject({ phase: 'polling', mode: 'poll', reason })
  expect(session.world.openStreams).toHaveLength(0)
  // Spread over the delay the server gave.
  expect(session.world.requests).toHaveLength(0)
  await session.world.advance(1_500)
  expect(session.world.requests).toHaveLength(1)
  await session.world.request.respond(200, statusOf({ version: 2 }), says(`poll; reason=${reason}`))
  await session.world.advance(600_000)
  expect(session.world.streams).toHaveLength(1)
})

test('a full server gets no stream before its Retry-After', async () => {
  const session = await live()
  session.world.stream.emit('goodbye', { reason: 'at_capacity', next: 'poll', retry_after_ms: 10_000 })
  await session.world.advance(5_000)
  await session.world.request.respond(200, statusOf({ version: 2 }), says('stream; reason=flag_on'))
  await session.world.advance(2_000)
  expect(session.world.streams).toHaveLength(1)
  await session.world.advance(1_000)
  await session.world.advance(3_000)
  await session.world.request.respond(304, undefined, says('stream; reason=flag_on'))
  await session.world.advance(1_000)
  expect(session.world.streams).toHaveLength(2)
})

test('next: wait uses long polls', async () => {
  const session = await live()
  session.world.stream.emit('goodbye', { reason: 'at_capacity', next: 'wait', retry_after_ms: 1_000 })
  await session.world.advance(1_000)
  expect(session.world.request.headers['Prefer']).toBe('wait=20')
  expect(session.view.connection.mode).toBe('wait')
})

test('signed_out ends the following', async () => {
  const session = await live()
  session.world.stream.emit('goodbye', { reason: 'signed_out', next: 'none' })
  expect(session.view.connection).toMatchObject({ phase: 'failed', reason: 'signed_out' })
  await session.world.advance(600_000)
  expect(session.world.streams).toHaveLength(1)
  expect(session.world.requests).toHaveLength(0)
})

test('final without a final status is checked by a poll', async () => {
  const session = await live()
  session.world.stream.emit('goodbye', { reason: 'final', next: 'none' })
  await session.world.advance(FRAME)
  expect(session.phase).not.toBe('done')
  expect(session.world.openStreams).toHaveLength(0)
  await session.world.request.respond(200, completed(), says('poll; reason=final'))
  expect(session.phase).toBe('done')
})

test('an unknown reason is handled, too', async () => {
  const session = await live()
  session.world.stream.emit('goodbye', { reason: 'full_moon', next: 'poll', retry_after_ms: null })
  await session.world.advance(FRAME)
  expect(session.view.connection).toMatchObject({ phase: 'polling', reason: 'server' })
})
