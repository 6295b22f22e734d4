import { expect, test } from 'vitest'
import { ALL_JOBS } from '../src/index.ts'
import { World, completedJob, jobOf } from '../src/testing/index.ts'
import { FRAME, clientOf, follow, holding, says } from './follow.ts'

const ON = says('stream; reason=flag_on')
const of = (id: string, version = 1) => jobOf({ id, version })
const page = (...ids: readonly string[]) => ({ cursor: '7', statuses: ids.map((id) => of(id)) })
const list = (world = new World()) => follow({}, world, ALL_JOBS)
const versions = ({ view }: ReturnType<typeof list>) =>
  Object.fromEntries([...view.jobs].map(([id, { version }]) => [id, version]))

test('one stream delivers the newest status of all jobs', async () => {
  const followed = list()
  const { stream } = followed.world
  expect(stream.url.pathname + stream.url.search).toBe('/status/stream')
  stream.hello()
  stream.emit('status', of('j1', 5))
  stream.emit('status', of('j2', 3))
  stream.emit('status', of('j1', 4))
  stream.emit('heartbeat', { version: null })
  await followed.world.advance(FRAME)
  expect(versions(followed)).toEqual({ j1: 5, j2: 3 })
  expect(followed.phase).toBe('live')
})

test('it goes on after the last job is final', async () => {
  const followed = list()
  followed.world.stream.emit('status', completedJob())
  await followed.world.advance(FRAME)
  expect(followed.phase).toBe('live')
  followed.world.stream.emit('status', of('j2'))
  await followed.world.advance(FRAME)
  expect(versions(followed)).toEqual({ j1: 1_000_099, j2: 1 })
})

test('a reconnect names the last event, not a version', async () => {
  const followed = list()
  followed.world.stream.emit('status', of('j1', 5), '2026-11-23T16:20:08Z')
  followed.world.stream.emit('heartbeat')
  followed.world.stream.drop()
  await followed.world.advance(1_000)
  expect(followed.world.stream.url.searchParams.get('last_event_id')).toBe('2026-11-23T16:20:08Z')
})

test('without a stream one poll is for all jobs', async () => {
  const followed = list()
  const { world } = followed
  world.stream.respond(204)
  await world.advance(0)
  expect(world.request.url.pathname).toBe('/status')
  await world.request.respond(200, page('j1', 'j2'), says('poll; reason=flag_off'))
  await world.advance(FRAME)
  expect(versions(followed)).toEqual({ j1: 1, j2: 1 })
  expect(followed.view.connection).toMatchObject({ phase: 'polling', reason: 'flag_off' })
  await world.advance(3_000)
  await world.request.respond(200, page('j1', 'j2', 'j3'), ON)
  await world.advance(1_000)
  expect(versions(followed)).toEqual({ j1: 1, j2: 1, j3: 1 })
  expect(world.openStreams).toHaveLength(1)
})

test('without a transport in the response the stream is probed', async () => {
  const followed = list()
  const { world } = followed
  world.stream.hello()
  world.stream.emit('goodbye', { reason: 'kill_switch', next: 'poll', retry_after_ms: 0 })
  await world.advance(0)
  await world.request.respond(200, page('j1'))
  await world.advance(FRAME)
  expect(followed.view.connection).toMatchObject({ phase: 'polling', reason: 'kill_switch' })
  expect(world.streams).toHaveLength(1)
  for (let polls = 0; polls < 14; polls += 1) {
    await world.advance(3_000)
    if (world.openRequests.length > 0) await world.request.respond(200, page('j1'))
  }
  expect(world.streams).toHaveLength(2)
})

test.each(['goodbye', 'header'])('where the server prefers it, one long poll is for all jobs (%s)', async (how) => {
  const followed = list()
  const { world } = followed
  world.stream.hello()
  if (how === 'goodbye') world.stream.emit('goodbye', { reason: 'at_capacity', next: 'wait', retry_after_ms: 0 })
  else {
    world.stream.drop()
    await world.advance(0)
    await world.request.respond(200, page('j1'), says('wait; reason=at_capacity'))
    await world.advance(500)
  }
  await world.advance(0)
  for (let version = 2; version <= 4; version += 1) {
    expect(world.request.headers['Prefer']).toBe('wait=20')
    const { length } = world.requests
    await world.request.respond(200, { cursor: String(version), statuses: [of('j1', version)] }, holding('wait; reason=at_capacity', version))
    await world.advance(490)
    expect(world.requests).toHaveLength(length)
    await world.advance(10)
    expect(Object.fromEntries(world.request.url.searchParams)).toMatchObject({ after: String(version), n: String(length + 1) })
  }
  expect(followed.view.connection).toMatchObject({ phase: 'polling', mode: 'wait', reason: 'at_capacity' })
  expect(versions(followed)).toEqual({ j1: 4 })
})

test('polls go on where the stream ended, and a stream where polls did', async () => {
  const followed = list()
  const { world } = followed
  world.stream.emit('status', of('j1', 5), '1764000000000')
  world.stream.drop()
  await world.advance(0)
  expect(world.request.url.search).toBe('?after=1764000000000')
  await world.request.respond(200, { cursor: '1764000009000', statuses: [completedJob()] }, ON)
  await world.advance(1_000)
  expect(world.stream.url.searchParams.get('last_event_id')).toBe('1764000009000')
  expect(versions(followed)).toEqual({ j1: 1_000_099 })
})

test('a list of the wrong shape is dropped and requested again', async () => {
  const followed = list()
  followed.world.stream.respond(502)
  await followed.world.advance(0)
  await followed.world.request.respond(200, { statuses: [{ id: 'j1' }] })
  await followed.world.advance(FRAME)
  expect(followed.view.connection).toMatchObject({ phase: 'retrying', reason: 'bad_payload' })
  expect(followed.view.jobs.size).toBe(0)
})

test('the list and a followed job share their documents', async () => {
  const world = new World()
  const client = clientOf(world)
  client.subscribe(ALL_JOBS, {}, () => {})
  const [all] = world.streams
  all?.emit('status', of('j1', 5))
  await world.advance(FRAME)
  client.subscribe('j1', {}, () => {})
  expect(client.getSnapshot('j1')?.job?.version).toBe(5)
  world.stream.emit('status', of('j1', 6))
  await world.advance(FRAME)
  expect(client.getSnapshot(ALL_JOBS)?.jobs.get('j1')?.version).toBe(6)
  all?.emit('status', completedJob())
  expect(client.getSnapshot('j1')?.connection.phase).toBe('done')
  expect(world.openStreams).toEqual([all])
  client.accept(of('j2', 9))
  await world.advance(FRAME)
  expect(client.getSnapshot(ALL_JOBS)?.jobs.get('j2')?.version).toBe(9)
})

test('the connection without an id is the worst one', async () => {
  const world = new World()
  const client = clientOf(world)
  const phase = (id?: string) => client.getConnection(id).phase
  let told = 0
  const deaf = client.subscribeConnection(() => {
    told += 1
  })
  expect(phase()).toBe('idle')
  const stop = client.subscribe(ALL_JOBS, {}, () => {})
  world.stream.hello()
  client.subscribe('j1', {}, () => {})
  const { stream } = world
  await world.advance(FRAME)
  expect([phase(), phase(ALL_JOBS), phase('j1')]).toEqual(['connecting', 'live', 'connecting'])
  stream.hello()
  await world.advance(FRAME)
  expect(phase()).toBe('live')
  expect(client.lastEventAt()).toBe(0)
  expect(client.lastEventAt('j1')).toBe(FRAME)
  expect(client.lastEventAt('j2')).toBeUndefined()
  stream.drop()
  await world.advance(FRAME)
  expect(phase()).toBe('retrying')
  await world.request.respond(404, {})
  expect(phase('j1')).toBe('failed')
  expect(phase()).toBe('live')
  client.pollOnly()
  await world.advance(FRAME)
  expect(phase()).toBe('polling')
  client.retryNow()
  await world.advance(FRAME)
  expect(world.openStreams).toHaveLength(2)
  await world.advance(FRAME)
  const before = told
  stop()
  await world.advance(2_000)
  expect(told).toBeGreaterThan(before)
  expect(phase(ALL_JOBS)).toBe('idle')
  deaf()
  const deafAt = told
  await world.advance(10_000)
  expect(told).toBe(deafAt)
})

test('signed_out is the worst of all', async () => {
  const world = new World()
  const client = clientOf(world)
  client.subscribe(ALL_JOBS, {}, () => {})
  world.stream.emit('goodbye', { reason: 'signed_out', next: 'none' })
  client.subscribe('j1', {}, () => {})
  await world.advance(FRAME)
  expect(client.getConnection()).toMatchObject({ phase: 'failed', reason: 'signed_out' })
})
