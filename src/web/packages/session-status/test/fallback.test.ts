import { expect, test } from 'vitest'
import { FRAME, beat, follow, probing, says, until } from './follow.ts'
import { World, completed, statusOf } from '../src/testing/index.ts'

test('without EventSource the session is polled, and the stream is never tried', async () => {
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

test('a page that knows nothing asks once after a second, and the stream goes on', async () => {
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

test('that first question may be answered by a refusal: then it polls', async () => {
  const session = follow()
  await session.world.advance(1_000)
  await session.world.request.respond(200, statusOf(), says('poll; reason=buffered'))
  await session.world.advance(FRAME)
  expect(session.view.connection).toMatchObject({ phase: 'polling', mode: 'poll', reason: 'buffered' })
  expect(session.world.openStreams).toHaveLength(0)
  await session.world.advance(3_000)
  expect(session.world.requests).toHaveLength(2)
})

test('that first question may fail: the stream goes on', async () => {
  const session = follow()
  await session.world.advance(1_000)
  await session.world.request.fail()
  await session.world.advance(4_000)
  expect(session.world.requests).toHaveLength(1)
  session.world.stream.hello()
  await session.world.advance(FRAME)
  expect(session.view.connection).toMatchObject({ phase: 'live', attempt: 0 })
})

test('a stream that is mute for six seconds from its start is bridged by polling, a second gives way', async () => {
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

test('a refused stream (204) is explained by the header of one poll', async () => {
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

test('attempts back off with jitter, then polling is the way and the stream is only probed', async () => {
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

test('a probe is believed after two events apart; polling goes on until then and asks once more', async () => {
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
  // What is said of one stream more does not concern the one that is open.
  await session.world.request.respond(200, statusOf({ version: 1_000_003 }), says('poll; reason=at_capacity'))
  await beat(session, 10_000)
  expect(session.view.status?.version).toBe(1_000_003)
  expect(session.phase).toBe('live')
  expect(session.world.requests).toHaveLength(before + 1)
})

test('a probe that fails does not disturb the pace of polling', async () => {
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

test('a probe whose first burst is all that comes is given up', async () => {
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
])('a poll answered %i ends the following', async (code, reason) => {
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

test('a final status found by the classifying poll ends the following', async () => {
  const session = follow()
  session.world.stream.drop()
  await session.world.advance(0)
  await session.world.request.respond(200, completed(), says('poll; reason=final'))
  expect(session.phase).toBe('done')
  expect(session.world.streams).toHaveLength(1)
})

test('Retry-After is honoured by polls and by the stream', async () => {
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

test('a server that was away as a whole is streamed from again as soon as it answers', async () => {
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

test('without a network everything rests, and its return is a reason to try at once', async () => {
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

test('a server on this machine is reached without a network', async () => {
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
