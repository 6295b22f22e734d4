import { expect, test } from 'vitest'
import { FRAME, follow } from './follow.ts'
import { type World, completedJob, jobOf } from '../src/testing/index.ts'

test('a stream is live from its first event, not from open', async () => {
  const followed = follow()
  expect(followed.phase).toBe('idle')
  await followed.world.advance(FRAME)
  expect(followed.phase).toBe('connecting')
  followed.world.stream.respond()
  await followed.world.advance(FRAME)
  expect(followed.phase).toBe('connecting')
  followed.world.stream.hello()
  await followed.world.advance(FRAME)
  expect(followed.view.connection).toMatchObject({ phase: 'live', mode: 'stream', reason: undefined })
  expect(followed.world.requests).toHaveLength(0)
})

test('the stream asks for patches, from the version it has', () => {
  const { world } = follow({ initialJob: jobOf({ version: 7 }) })
  expect(world.stream.url.pathname).toBe('/jobs/j1/status/stream')
  expect(Object.fromEntries(world.stream.url.searchParams)).toEqual({
    patches: '1',
    last_event_id: '7',
  })
  expect([...follow().world.stream.url.searchParams]).toEqual([['patches', '1']])
})

test('an older or equal version changes nothing', async () => {
  const followed = follow()
  const { world } = followed
  for (const version of [5, 7, 6, 7]) world.stream.emit('status', jobOf({ version, message: `v${version}` }))
  world.stream.emit('status', jobOf({ version: 7, message: 'said twice' }))
  await world.advance(FRAME)
  expect(followed.view.job?.message).toBe('v7')
})

test('a burst is one notification', async () => {
  const followed = follow()
  followed.world.stream.emit('status', jobOf({ version: 0 }))
  await followed.world.advance(FRAME)
  const before = followed.notified
  for (let version = 1; version <= 10; version += 1) followed.world.stream.emit('status', jobOf({ version }))
  await followed.world.advance(FRAME)
  expect(followed.notified - before).toBe(1)
  expect(followed.view.job?.version).toBe(10)
})

test('a heartbeat does not notify', async () => {
  const followed = follow()
  followed.world.stream.hello()
  await followed.world.advance(FRAME)
  const before = followed.notified
  followed.world.stream.emit('heartbeat')
  await followed.world.advance(FRAME)
  expect(followed.notified).toBe(before)
})

test('a final status notifies at once and ends everything', async () => {
  const followed = follow()
  followed.world.stream.emit('status', completedJob())
  expect(followed.phase).toBe('done')
  expect(followed.world.openStreams).toHaveLength(0)
  await followed.world.advance(600_000)
  expect(followed.world.streams).toHaveLength(1)
  expect(followed.world.requests).toHaveLength(0)
})

test('the end of the stream is not the end of the job', async () => {
  const followed = follow()
  followed.world.stream.emit('status', jobOf())
  followed.world.stream.drop()
  await followed.world.advance(FRAME)
  expect(followed.phase).toBe('retrying')
})

test('a final initial status needs no connection', () => {
  const followed = follow({ initialJob: completedJob() })
  expect(followed.phase).toBe('done')
  expect(followed.world.streams).toHaveLength(0)
})

test('a retried job is followed again', async () => {
  const followed = follow({ initialJob: completedJob({ state: 'failed', stage: 'failed', version: 9 }) })
  followed.client.accept(jobOf({ version: 8 }))
  expect(followed.world.streams).toHaveLength(0)
  followed.client.accept(jobOf({ version: 10, state: 'queued', stage: 'queued' }))
  await followed.world.advance(FRAME)
  expect(followed.phase).toBe('connecting')
  expect(followed.world.openStreams).toHaveLength(1)
})

test('a stream that misses its heartbeats is dead', async () => {
  const followed = follow()
  followed.world.stream.hello(4)
  await followed.world.advance(13_900)
  expect(followed.phase).toBe('live')
  await followed.world.advance(200)
  expect(followed.phase).not.toBe('live')
  expect(followed.reason).toBe('stalled')
  expect(followed.world.openStreams).toHaveLength(0)
})

test('heartbeats keep a stream alive for as long as they come', async () => {
  const followed = follow()
  followed.world.stream.hello(15)
  for (let beats = 0; beats < 20; beats += 1) {
    await followed.world.advance(15_000)
    followed.world.stream.emit('heartbeat')
  }
  expect(followed.phase).toBe('live')
  expect(followed.world.streams).toHaveLength(1)
})

test('events of a closed stream are ignored', async () => {
  const followed = follow()
  const old = followed.world.stream
  old.emit('status', jobOf({ version: 1 }))
  old.drop()
  old.emit('status', jobOf({ version: 2 }))
  old.drop()
  await followed.world.advance(FRAME)
  expect(followed.view.job?.version).toBe(1)
  expect(followed.view.connection.attempt).toBe(1)
})

test('an event of the wrong shape is not shown', async () => {
  for (const bad of ['not json', { ...jobOf(), version: 'nine' }, { ...jobOf(), state: 'asleep' }, null]) {
    const followed = follow()
    followed.world.stream.emit('status', bad)
    await followed.world.advance(FRAME)
    expect(followed.view.job).toBeUndefined()
    expect(followed.reason).toBe('bad_payload')
    expect(followed.world.openStreams).toHaveLength(0)
  }
})

test('unknown fields, stages and events are accepted', async () => {
  const followed = follow()
  followed.world.stream.emit('weather', {})
  followed.world.stream.emit('status', { ...jobOf({ stage: 'diarizing' }), mood: 'good' })
  await followed.world.advance(FRAME)
  expect(followed.view.job?.stage).toBe('diarizing')
  expect(followed.phase).toBe('live')
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
    (world) => world.stream.emit('status', completedJob()),
    (world) => world.stream.emit('goodbye', { reason: 'flag_off', next: 'poll', retry_after_ms: 3000 }),
  ]
  for (const reach of phases) {
    const followed = follow()
    await reach(followed.world)
    followed.stop()
    followed.stop()
    await followed.world.advance(1_600)
    expect(followed.world.pending).toBe(0)
    expect(followed.client.getSnapshot('j1')).toBeUndefined()
  }
})
