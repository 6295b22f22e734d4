import { expect, test } from 'vitest'
import { ALL_SESSIONS, createSessionStatusClient } from '../src/client.ts'
import { World, completed, statusOf } from '../src/testing/index.ts'
import { FRAME, follow, says } from './follow.ts'

const ON = says('stream; reason=flag_on')
const of = (session_id: string, version = 1) => statusOf({ session_id, version })
const page = (...ids: readonly string[]) => ({ sessions: ids.map((id) => ({ id, status: of(id) })), next_cursor: null })
const list = (world = new World()) => follow({}, world, ALL_SESSIONS)
const versions = ({ view }: ReturnType<typeof list>) =>
  Object.fromEntries([...view.statuses].map(([id, { version }]) => [id, version]))

test('one stream delivers the newest status of all sessions', async () => {
  const session = list()
  const { stream } = session.world
  expect(stream.url.pathname + stream.url.search).toBe('/api/v1/status/stream')
  stream.hello()
  stream.emit('status', of('s1', 5))
  stream.emit('status', of('s2', 3))
  stream.emit('status', of('s1', 4))
  stream.emit('heartbeat', { version: null })
  await session.world.advance(FRAME)
  expect(versions(session)).toEqual({ s1: 5, s2: 3 })
  expect(session.phase).toBe('live')
})

test('it goes on after the last session is final', async () => {
  const session = list()
  session.world.stream.emit('status', completed())
  await session.world.advance(FRAME)
  expect(session.phase).toBe('live')
  session.world.stream.emit('status', of('s2'))
  await session.world.advance(FRAME)
  expect(versions(session)).toEqual({ s1: 1_000_099, s2: 1 })
})

test('a reconnect names the last event, not a version', async () => {
  const session = list()
  session.world.stream.emit('status', of('s1', 5), '2026-11-23T16:20:08Z')
  session.world.stream.emit('heartbeat')
  session.world.stream.drop()
  await session.world.advance(1_000)
  expect(session.world.stream.url.searchParams.get('last_event_id')).toBe('2026-11-23T16:20:08Z')
})

test('without a stream the newest page of the list is polled', async () => {
  const session = list()
  const { world } = session
  world.stream.respond(204)
  await world.advance(0)
  expect(world.request.url.pathname).toBe('/api/v1/sessions')
  await world.request.respond(200, page('s1', 's2'), says('poll; reason=flag_off'))
  await world.advance(FRAME)
  expect(versions(session)).toEqual({ s1: 1, s2: 1 })
  expect(session.view.connection).toMatchObject({ phase: 'polling', reason: 'flag_off' })
  await world.advance(3_000)
  await world.request.respond(200, page('s1', 's2', 's3'), ON)
  await world.advance(1_000)
  expect(versions(session)).toEqual({ s1: 1, s2: 1, s3: 1 })
  expect(world.openStreams).toHaveLength(1)
})

test('without a transport in the response the stream is probed', async () => {
  const session = list()
  const { world } = session
  world.stream.hello()
  world.stream.emit('goodbye', { reason: 'kill_switch', next: 'poll', retry_after_ms: 0 })
  await world.advance(0)
  await world.request.respond(200, page('s1'))
  await world.advance(FRAME)
  expect(session.view.connection).toMatchObject({ phase: 'polling', reason: 'kill_switch' })
  expect(world.streams).toHaveLength(1)
  for (let polls = 0; polls < 14; polls += 1) {
    await world.advance(3_000)
    if (world.openRequests.length > 0) await world.request.respond(200, page('s1'))
  }
  expect(world.streams).toHaveLength(2)
})

test.each(['goodbye', 'header'])('a list is polled without long polls (%s)', async (how) => {
  const session = list()
  const { world } = session
  world.stream.hello()
  if (how === 'goodbye') world.stream.emit('goodbye', { reason: 'at_capacity', next: 'wait', retry_after_ms: 0 })
  else world.stream.drop()
  await world.advance(0)
  for (let version = 1; version <= 3; version += 1) {
    expect(world.requests).toHaveLength(version)
    expect(world.request.headers['Prefer']).toBeUndefined()
    await world.request.respond(200, { sessions: [{ status: of('s1', version) }] }, says('wait; reason=at_capacity'))
    await world.advance(2_900)
    expect(world.requests).toHaveLength(version)
    await world.advance(100)
  }
})

test('a page of the wrong shape is dropped and requested again', async () => {
  const session = list()
  session.world.stream.respond(502)
  await session.world.advance(0)
  await session.world.request.respond(200, { sessions: [{ id: 's1' }] })
  await session.world.advance(FRAME)
  expect(session.view.connection).toMatchObject({ phase: 'retrying', reason: 'bad_payload' })
  expect(session.view.statuses.size).toBe(0)
})

test('the list and a followed session share their statuses', async () => {
  const world = new World()
  const client = createSessionStatusClient({ env: world.env })
  client.subscribe(ALL_SESSIONS, {}, () => {})
  const [all] = world.streams
  all?.emit('status', of('s1', 5))
  await world.advance(FRAME)
  client.subscribe('s1', {}, () => {})
  expect(client.getSnapshot('s1')?.status?.version).toBe(5)
  world.stream.emit('status', of('s1', 6))
  await world.advance(FRAME)
  expect(client.getSnapshot(ALL_SESSIONS)?.statuses.get('s1')?.version).toBe(6)
  all?.emit('status', completed())
  expect(client.getSnapshot('s1')?.connection.phase).toBe('done')
  expect(world.openStreams).toEqual([all])
  client.accept(of('s2', 9))
  await world.advance(FRAME)
  expect(client.getSnapshot(ALL_SESSIONS)?.statuses.get('s2')?.version).toBe(9)
})

test('the connection without an id is the worst one', async () => {
  const world = new World()
  const client = createSessionStatusClient({ env: world.env })
  const phase = (id?: string) => client.getConnection(id).phase
  let told = 0
  const deaf = client.subscribeConnection(() => {
    told += 1
  })
  expect(phase()).toBe('idle')
  const stop = client.subscribe(ALL_SESSIONS, {}, () => {})
  world.stream.hello()
  client.subscribe('s1', {}, () => {})
  const { stream } = world
  await world.advance(FRAME)
  expect([phase(), phase(ALL_SESSIONS), phase('s1')]).toEqual(['connecting', 'live', 'connecting'])
  stream.hello()
  await world.advance(FRAME)
  expect(phase()).toBe('live')
  expect(client.lastEventAt()).toBe(0)
  expect(client.lastEventAt('s1')).toBe(FRAME)
  expect(client.lastEventAt('s2')).toBeUndefined()
  stream.drop()
  await world.advance(FRAME)
  expect(phase()).toBe('retrying')
  await world.request.respond(404, {})
  expect(phase('s1')).toBe('failed')
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
  expect(phase(ALL_SESSIONS)).toBe('idle')
  deaf()
  const deafAt = told
  await world.advance(10_000)
  expect(told).toBe(deafAt)
})

test('signed_out is the worst of all', async () => {
  const world = new World()
  const client = createSessionStatusClient({ env: world.env })
  client.subscribe(ALL_SESSIONS, {}, () => {})
  world.stream.emit('goodbye', { reason: 'signed_out', next: 'none' })
  client.subscribe('s1', {}, () => {})
  await world.advance(FRAME)
  expect(client.getConnection()).toMatchObject({ phase: 'failed', reason: 'signed_out' })
})
