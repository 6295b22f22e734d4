import { expect, test } from 'vitest'
import { FRAME, beat, follow, probing, says, until } from './follow.ts'
import { World, completed, statusOf } from '../src/testing/index.ts'

test('without EventSource the session is polled and never streamed', async () => {
  const world = new World()
  const session = follow({}, Object.assign(world, { env: { ...world.env, openEvents: undefined } }))
  await world.advance(FRAME)
  expect(session.view.connection).toMatchObject({ phase: 'connecting', mode: 'poll', reason: 'unsupported' })
  await world.request.respond(200, statusOf(), says('stream; reason=flag_on'))
  await world.advance(FRAME)
  expect(session.phase).toBe('polling')
  expect(session.view.status?.progress).toBe(0.42)
  expect(world.streams).toHaveLength(0)
})

test('a page without a status polls once after a second', async () => {
  const session = follow()
  await session.world.advance(990)
  expect(session.world.requests).toHaveLength(0)
  await session.world.advance(20)
  await session.world.request.respond(200, statusOf(), says('stream; reason=flag_on'))
  await session.world.advance(FRAME)
  expect(session.view.status?.progress).toBe(0.42)
  expect(session.phase).toBe('connecting')
  await session.world.advance(4_900)
  expect(session.world.requests).toHaveLength(1)
  session.world.stream.hello()
  await beat(session, 10_000)
  expect(session.view.connection).toMatchObject({ phase: 'live', mode: 'stream' })
  expect(session.world.requests).toHaveLength(1)
})

test('if that first poll gets a refusal, it polls', async () => {
  const session = follow()
  await session.world.advance(1_000)
  await session.world.request.respond(200, statusOf(), says('poll; reason=buffered'))
  await session.world.advance(FRAME)
  expect(session.view.connection).toMatchObject({ phase: 'polling', mode: 'poll', reason: 'buffered' })
  expect(session.world.openStreams).toHaveLength(0)
  await session.world.advance(3_000)
  expect(session.world.requests).toHaveLength(2)
})

test('if that first poll fails, the stream goes on', async () => {
  const session = follow()
  await session.world.advance(1_000)
  await session.world.request.fail()
  await session.world.advance(4_000)
  expect(session.world.requests).toHaveLength(1)
  session.world.stream.hello()
  await session.world.advance(FRAME)
  expect(session.view.connection).toMatchObject({ phase: 'live', attempt: 0 })
})

test('a stream silent for six seconds is bridged, the second is left', async () => {
  const session = follow({ initialStatus: statusOf() })
  await session.world.advance(5_990)
  expect(session.world.requests).toHaveLength(0)
  await session.world.advance(50)
  expect(session.view.connection).toMatchObject({ phase: 'retrying', mode: 'poll', reason: 'mute' })
  expect(session.world.openStreams).toHaveLength(0)
  expect(session.world.requests).toHaveLength(1)
  await until(session, () => session.phase === 'polling', 8_000)
  expect(session.world.streams).toHaveLength(2)
  expect(session.world.openStreams).toHaveLength(0)
  expect(session.reason).toBe('mute')
})

test('the reason of a refused stream (204) comes from one poll', async () => {
  const session = follow()
  session.world.stream.respond(204)
  await session.world.advance(FRAME)
  expect(session.world.requests).toHaveLength(1)
  await session.world.request.respond(200, statusOf(), says('poll; reason=flag_off'))
  await session.world.advance(FRAME)
  expect(session.view.connection).toMatchObject({ phase: 'polling', mode: 'poll', reason: 'flag_off' })
  expect(session.view.status?.version).toBe(1_000_001)
})

test.each(['flag_off', 'kill_switch', 'flags_unavailable', 'buffered', 'at_capacity'])(
  'after %s the stream is not tried until a poll says so',
  async (reason) => {
    const session = follow()
    session.world.stream.drop()
    await session.world.advance(0)
    await session.world.request.respond(200, statusOf(), says(`poll; reason=${reason}`))
    for (let polls = 0; polls < 200; polls += 1) {
      await session.world.advance(3_000)
      await session.world.request.respond(304, undefined, says(`poll; reason=${reason}`))
    }
    expect(session.world.streams).toHaveLength(1)
    expect(session.reason).toBe(reason)
    await session.world.advance(3_000)
    await session.world.request.respond(304, undefined, says('stream; reason=flag_on'))
    await session.world.advance(1_000)
    expect(session.world.streams).toHaveLength(2)
  },
)

test('a broken stream is bridged by polling and comes back', async () => {
  const session = follow()
  session.world.stream.emit('status', statusOf({ version: 1 }))
  session.world.stream.drop()
  await session.world.advance(FRAME)
  await session.world.request.respond(200, statusOf({ version: 2 }), says('stream; reason=flag_on'))
  await session.world.advance(1_000)
  expect(session.view.status?.version).toBe(2)
  expect(session.phase).toBe('retrying')
  expect(session.world.streams).toHaveLength(2)
  expect(session.world.stream.url.searchParams.get('last_event_id')).toBe('2')
  session.world.stream.hello()
  await session.world.advance(FRAME)
  expect(session.phase).toBe('live')
  await beat(session, 10_000)
  expect(session.world.requests).toHaveLength(1)
})

test('attempts back off with jitter, then the stream is only probed', async () => {
  const session = follow()
  const gaps: number[] = []
  for (let failures = 0; failures < 5; failures += 1) {
    const failedAt = session.world.time
    session.world.stream.drop()
    const known = session.world.streams.length
    while (session.world.streams.length === known) {
      await session.world.advance(50)
      const request = session.world.request
      await request.respond(304, undefined, says('stream; reason=flag_on'))
    }
    gaps.push(session.world.time - failedAt)
    expect(session.phase).toBe(failures < 2 ? 'retrying' : 'polling')
  }
  expect(gaps).toEqual([750, 1_500, 33_000, 66_000, 132_000])
})

test('a probe succeeds after two events that are apart', async () => {
  const session = follow()
  await probing(session)
  session.world.stream.hello()
  session.world.stream.emit('status', statusOf({ version: 1_000_002 }))
  await session.world.advance(FRAME)
  expect(session.phase).toBe('polling')
  expect(session.view.status?.version).toBe(1_000_002)
  await session.world.advance(1_000)
  const before = session.world.requests.length
  session.world.stream.emit('heartbeat')
  await session.world.advance(FRAME)
  expect(session.view.connection).toMatchObject({ phase: 'live', mode: 'stream' })
  expect(session.world.requests).toHaveLength(before + 1)
  // The transport for another stream does not concern the open one.
  await session.world.request.respond(200, statusOf({ version: 1_000_003 }), says('poll; reason=at_capacity'))
  await beat(session, 10_000)
  expect(session.view.status?.version).toBe(1_000_003)
  expect(session.phase).toBe('live')
  expect(session.world.requests).toHaveLength(before + 1)
})

test('a failed probe does not change the poll delay', async () => {
  const session = follow()
  await probing(session)
  await session.world.advance(3_000)
  await session.world.request.respond(304, undefined, says('wait; reason=client'))
  const sent = session.world.requests.length
  session.world.stream.respond(502)
  await session.world.advance(200)
  expect(session.world.requests).toHaveLength(sent)
  expect(session.view.connection).toMatchObject({ phase: 'polling', mode: 'wait' })
})

test('a probe with only a first burst fails', async () => {
  const session = follow()
  await probing(session)
  session.world.stream.hello()
  await session.world.advance(7_000)
  expect(session.world.openStreams).toHaveLength(0)
  expect(session.view.connection).toMatchObject({ phase: 'polling', reason: 'mute' })
})

test.each([
  [401, 'signed_out'],
  [403, 'forbidden'],
  [404, 'not_found'],
])('a poll with %i ends the following', async (code, reason) => {
  const session = follow()
  session.world.stream.drop()
  await session.world.advance(0)
  await session.world.request.respond(code, {})
  expect(session.view.connection).toMatchObject({ phase: 'failed', reason })
  await session.world.advance(600_000)
  expect(session.world.streams).toHaveLength(1)
  expect(session.world.requests).toHaveLength(1)
  session.client.retryNow('s1')
  expect(session.world.openStreams).toHaveLength(1)
  session.world.stream.hello()
  await session.world.advance(FRAME)
  expect(session.view.connection).toMatchObject({ phase: 'live', reason: undefined })
})

test('a final status from the first poll ends the following', async () => {
  const session = follow()
  session.world.stream.drop()
  await session.world.advance(0)
  await session.world.request.respond(200, completed(), says('poll; reason=final'))
  expect(session.phase).toBe('done')
  expect(session.world.streams).toHaveLength(1)
})

test('polls and streams wait for Retry-After', async () => {
  const session = follow()
  session.world.stream.drop()
  await session.world.advance(0)
  await session.world.request.respond(503, {}, { 'Retry-After': '20' })
  await session.world.advance(FRAME)
  expect(session.view.connection).toMatchObject({ phase: 'retrying', reason: 'busy' })
  await session.world.advance(19_000)
  expect(session.world.statusRequests).toHaveLength(1)
  await session.world.advance(1_000)
  expect(session.world.statusRequests).toHaveLength(2)
})

test('after an outage it streams as soon as the server responds', async () => {
  const session = follow()
  session.world.stream.hello()
  const end = session.world.time + 120_000
  while (session.world.time < end) {
    for (const stream of session.world.openStreams) stream.drop()
    await session.world.advance(500)
    await session.world.request.fail()
  }
  expect(session.phase).toBe('retrying')
  const tried = session.world.streams.length
  while (session.world.streams.length === tried) {
    await session.world.request.respond(200, statusOf({ version: 5 }), says('stream; reason=flag_on'))
    await session.world.advance(500)
    expect(session.world.time).toBeLessThan(end + 31_000)
  }
  session.world.stream.hello()
  await session.world.advance(FRAME)
  expect(session.view.connection).toMatchObject({ phase: 'live', attempt: 0 })
})

test('offline everything pauses, and it tries at once when online', async () => {
  const session = follow()
  session.world.stream.hello()
  session.world.change({ online: false })
  await session.world.advance(FRAME)
  await session.world.request.fail()
  await session.world.advance(FRAME)
  expect(session.view.connection).toMatchObject({ phase: 'paused', connectionState: 'error', reason: 'offline' })
  expect(session.world.openStreams).toHaveLength(0)
  session.world.change({ online: true })
  await session.world.advance(1_000)
  expect(session.world.openStreams).toHaveLength(1)
  session.world.stream.hello()
  await session.world.advance(FRAME)
  expect(session.phase).toBe('live')
})

test('a server on this machine is reached offline', async () => {
  const session = follow()
  session.world.stream.hello()
  session.world.change({ online: false })
  await session.world.advance(FRAME)
  await session.world.request.respond(200, statusOf(), says('stream; reason=flag_on'))
  await session.world.advance(1_000)
  session.world.stream.hello()
  await session.world.advance(FRAME)
  expect(session.phase).toBe('live')
})
