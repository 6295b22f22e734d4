import { expect, test } from 'vitest'
import { World, completed, segment, segmentsEvent, statusOf } from '../src/testing/index.ts'
import { FRAME, ON, follow } from './follow.ts'

test('the stream asks for patches, and for segments from the missing one', () => {
  const { world } = follow({ initialStatus: statusOf({ version: 7 }) })
  expect(world.stream.url.pathname).toBe('/api/v1/sessions/s1/status/stream')
  expect(Object.fromEntries(world.stream.url.searchParams)).toEqual({
    patches: '1',
    last_event_id: '7',
    segments: '1',
    from: '0',
    revision: '0',
  })
  expect([...follow({ segments: false }).world.stream.url.searchParams]).toEqual([['patches', '1']])
})

test('subscribers with and without segments share one stream', async () => {
  const world = new World()
  const bare = follow({ segments: false }, world)
  world.stream.hello()
  bare.client.subscribe('s1', { segments: false }, () => {})
  expect(world.streams).toHaveLength(1)
  const stop = bare.client.subscribe('s1', {}, () => {})
  expect(world.streams[0]?.closed).toBe(true)
  expect(world.openStreams.map(({ url }) => url.searchParams.get('segments'))).toEqual(['1'])
  bare.client.subscribe('s1', { segments: false }, () => {})
  bare.client.subscribe('s1', {}, () => {})
  expect(world.streams).toHaveLength(2)
  stop()
})

test('segments and the end come within ten seconds of a stall', async () => {
  const session = follow({}, Object.assign(new World(), { random: 0 }))
  const { world } = session
  world.stream.hello()
  world.stream.emit('status', statusOf({ version: 1 }))
  await world.advance(FRAME)
  world.stream.emit('segments', segmentsEvent(0))
  // From here on the path carries nothing.
  await world.advance(6_000)
  await world.request.respond(200, statusOf({ version: 9, segments: 2 }), ON)
  await world.advance(1_100)
  await world.transcriptRequests[0]?.respond(200, { segments: [segment(1)] })
  await world.advance(FRAME)
  expect(session.view.segments).toHaveLength(2)
  for (const end = world.time + 30_000; world.openRequests.length > 0 && world.time < end; await world.advance(50)) {
    for (const request of world.statusRequests) if (!request.settled) await request.respond(304, undefined, ON)
  }
  await world.advance(3_000)
  await world.request.respond(200, completed({ segments: 2 }), ON)
  expect(session.phase).toBe('done')
})

test('a page opened in the background polls for the segments, too', async () => {
  const world = Object.assign(new World(), { presence: 'hidden' as const })
  const session = follow({}, world)
  expect(world.requests).toHaveLength(0)
  await world.advance(0)
  await world.request.respond(200, statusOf({ segments: 1 }), ON)
  await world.transcriptRequests[0]?.respond(200, { segments: [segment(0)] })
  await world.advance(250)
  expect(session.view).toMatchObject({ status: { progress: 0.42 }, segments: [segment(0)] })
  expect(session.view.connection).toMatchObject({ phase: 'paused', reason: 'hidden' })
})

test.each<[string, (session: ReturnType<typeof follow>) => void]>([
  ['a person tries again', ({ client }) => client.retryNow('s1')],
  ['somebody wants the words', ({ client }) => client.subscribe('s1', {}, () => {})],
  ['a session is tried again', ({ client }) => client.accept(statusOf({ version: 9, attempt: 2 }))],
])('away, it holds nothing open even if %s', async (_name, act) => {
  const session = follow({ segments: false })
  const { world } = session
  world.stream.emit('status', completed({ version: 1, state: 'failed', stage: 'failed', segments: 2 }))
  session.client.accept(statusOf({ version: 2, segments: 2 }))
  world.change({ presence: 'away' })
  act(session)
  await world.advance(60_000)
  expect(world.openStreams).toHaveLength(0)
  expect(world.openRequests).toHaveLength(0)
  expect(session.phase).toBe('paused')
})

test('the last segments are not read while the page is away', async () => {
  const session = follow({ initialStatus: completed({ segments: 2 }) })
  const { world } = session
  world.change({ presence: 'away' })
  expect(world.openRequests).toHaveLength(0)
  world.change({ presence: 'shown' })
  expect(world.openRequests).toHaveLength(1)
  expect(session.phase).toBe('done')
})

test('after the last subscriber no request for segments is left', async () => {
  const session = follow()
  session.world.stream.emit('status', completed({ segments: 3 }))
  expect(session.world.openRequests).toHaveLength(1)
  session.stop()
  session.stop()
  await session.world.advance(1_600)
  expect(session.world.pending).toBe(0)
  expect(session.client.getSnapshot('s1')).toBeUndefined()
})

test('a retry reads the last segments of a session that ended meanwhile', async () => {
  const session = follow()
  const { world } = session
  world.stream.drop()
  await world.advance(0)
  await world.request.respond(404, {})
  session.client.accept(completed({ segments: 2 }))
  expect(session.phase).toBe('failed')
  session.client.retryNow('s1')
  expect(session.phase).toBe('done')
  expect(world.transcriptRequests).toHaveLength(1)
})

test('the list is read where the API has it', async () => {
  const session = follow({}, new World(), '*')
  const { world } = session
  expect(world.stream.url.pathname + world.stream.url.search).toBe('/api/v1/status/stream')
  world.stream.respond(502)
  await world.advance(0)
  expect(world.request.url.pathname).toBe('/api/v1/status')
  await world.request.respond(200, { cursor: '7', statuses: [statusOf()] }, ON)
  await world.advance(FRAME)
  expect([...session.view.statuses.keys()]).toEqual(['s1'])
})

test('a list of the wrong shape is an error', async () => {
  const session = follow({}, new World(), '*')
  session.world.stream.respond(502)
  await session.world.advance(0)
  await session.world.request.respond(200, { statuses: [{ session_id: 's1' }] })
  await session.world.advance(FRAME)
  expect(session.view.connection).toMatchObject({ phase: 'retrying', reason: 'bad_payload' })
})

test('nulls and absent fields of a status are the same', async () => {
  const session = follow({ segments: false })
  const { world } = session
  world.stream.emit('status', statusOf({ version: 10, retry_in_s: 5 }))
  world.stream.emit('patch', { version: 11, eta_range_s: [30, 45], retry_in_s: null, speed: 8 })
  await world.advance(FRAME)
  expect(session.view.status).toEqual(statusOf({ version: 11, eta_range_s: [30, 45], speed: 8 }))
})
