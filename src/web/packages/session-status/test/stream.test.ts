import { expect, test } from 'vitest'
import { FRAME, follow } from './follow.ts'
import { type World, completed, statusOf } from '../src/testing/index.ts'

test('a stream is live from its first event, not from open', async () => {
  const session = follow()
  expect(session.phase).toBe('idle')
  await session.world.advance(FRAME)
  expect(session.phase).toBe('connecting')
  session.world.stream.respond()
  await session.world.advance(FRAME)
  expect(session.phase).toBe('connecting')
  session.world.stream.hello()
  await session.world.advance(FRAME)
  expect(session.view.connection).toMatchObject({ phase: 'live', mode: 'stream', reason: undefined })
  expect(session.world.requests).toHaveLength(0)
})

test('the stream asks for patches, and for segments from the missing one', () => {
  const { world } = follow({ initialStatus: statusOf({ version: 7 }) })
  expect(world.stream.url.pathname).toBe('/api/v1/sessions/s1/status/stream')
  expect(Object.fromEntries(world.stream.url.searchParams)).toEqual({
    patches: '1',
    last_event_id: '7',
    segments: '1',
    from: '0',
  })
  expect([...follow({ segments: false }).world.stream.url.searchParams]).toEqual([['patches', '1']])
})

test('an older or equal version changes nothing', async () => {
  const session = follow()
  const { world } = session
  for (const version of [5, 7, 6, 7]) world.stream.emit('status', statusOf({ version, message: `v${version}` }))
  world.stream.emit('status', statusOf({ version: 7, message: 'said twice' }))
  await world.advance(FRAME)
  expect(session.view.status?.message).toBe('v7')
})

test('a burst is one notification', async () => {
  const session = follow()
  session.world.stream.emit('status', statusOf({ version: 0 }))
  await session.world.advance(FRAME)
  const before = session.notified
  for (let version = 1; version <= 10; version += 1) session.world.stream.emit('status', statusOf({ version }))
  await session.world.advance(FRAME)
  expect(session.notified - before).toBe(1)
  expect(session.view.status?.version).toBe(10)
})

test('a heartbeat does not notify', async () => {
  const session = follow()
  session.world.stream.hello()
  await session.world.advance(FRAME)
  const before = session.notified
  session.world.stream.emit('heartbeat')
  await session.world.advance(FRAME)
  expect(session.notified).toBe(before)
})

test('a final status notifies at once and ends everything', async () => {
  const session = follow()
  session.world.stream.emit('status', completed())
  expect(session.phase).toBe('done')
  expect(session.world.openStreams).toHaveLength(0)
  await session.world.advance(600_000)
  expect(session.world.streams).toHaveLength(1)
  expect(session.world.requests).toHaveLength(0)
})

test('the end of the stream is not the end of the session', async () => {
  const session = follow()
  session.world.stream.emit('status', statusOf())
  session.world.stream.drop()
  await session.world.advance(FRAME)
  expect(session.phase).toBe('retrying')
})

test('a final initial status needs no connection', () => {
  const session = follow({ initialStatus: completed() })
  expect(session.phase).toBe('done')
  expect(session.world.streams).toHaveLength(0)
})

test('a retried session is followed again', async () => {
  const session = follow({ initialStatus: completed({ state: 'failed', stage: 'failed', version: 9 }) })
  session.client.accept(statusOf({ version: 8 }))
  expect(session.world.streams).toHaveLength(0)
  session.client.accept(statusOf({ version: 10, state: 'queued', stage: 'queued' }))
  await session.world.advance(FRAME)
  expect(session.phase).toBe('connecting')
  expect(session.world.openStreams).toHaveLength(1)
})

test('a stream that misses its heartbeats is dead', async () => {
  const session = follow()
  session.world.stream.hello(4)
  await session.world.advance(13_900)
  expect(session.phase).toBe('live')
  await session.world.advance(200)
  expect(session.phase).not.toBe('live')
  expect(session.reason).toBe('stalled')
  expect(session.world.openStreams).toHaveLength(0)
})

test('heartbeats keep a stream alive for as long as they come', async () => {
  const session = follow()
  session.world.stream.hello(15)
  for (let beats = 0; beats < 20; beats += 1) {
    await session.world.advance(15_000)
    session.world.stream.emit('heartbeat')
  }
  expect(session.phase).toBe('live')
  expect(session.world.streams).toHaveLength(1)
})

test('events of a closed stream are ignored', async () => {
  const session = follow()
  const old = session.world.stream
  old.emit('status', statusOf({ version: 1 }))
  old.drop()
  old.emit('status', statusOf({ version: 2 }))
  old.drop()
  await session.world.advance(FRAME)
  expect(session.view.status?.version).toBe(1)
  expect(session.view.connection.attempt).toBe(1)
})

test('an event of the wrong shape is not shown', async () => {
  for (const bad of ['not json', { ...statusOf(), version: 'nine' }, { ...statusOf(), state: 'asleep' }, null]) {
    const session = follow()
    session.world.stream.emit('status', bad)
    await session.world.advance(FRAME)
    expect(session.view.status).toBeUndefined()
    expect(session.reason).toBe('bad_payload')
    expect(session.world.openStreams).toHaveLength(0)
  }
})

test('unknown fields, stages and events are accepted', async () => {
  const session = follow()
  session.world.stream.emit('weather', {})
  session.world.stream.emit('status', { ...statusOf({ stage: 'diarizing' }), mood: 'good' })
  await session.world.advance(FRAME)
  expect(session.view.status?.stage).toBe('diarizing')
  expect(session.phase).toBe('live')
})

test('after the last subscriber nothing is left, in any phase', async () => {
  const phases: ((world: World) => Promise<void> | void)[] = [
    () => {},
    (world) => world.stream.hello(),
    (world) => world.stream.drop(),
    (world) => world.advance(7_000),
    async (world) => {
      world.stream.drop()
      await world.advance(0)
      await world.request.fail()
    },
    (world) => world.stream.emit('status', completed({ segments: 3 })),
    (world) => world.stream.emit('goodbye', { reason: 'flag_off', next: 'poll', retry_after_ms: 3000 }),
  ]
  for (const reach of phases) {
    const session = follow()
    await reach(session.world)
    session.stop()
    session.stop()
    await session.world.advance(1_600)
    expect(session.world.pending).toBe(0)
    expect(session.client.getSnapshot('s1')).toBeUndefined()
  }
})
