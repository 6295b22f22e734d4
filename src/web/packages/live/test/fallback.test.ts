import { expect, test } from 'vitest'
import { FRAME, beat, follow, holding, probing, says, until } from './follow.ts'
import { World, completedJob, jobOf } from '../src/testing/index.ts'

test('without EventSource the job is polled and never streamed', async () => {
  const world = new World()
  const followed = follow({}, Object.assign(world, { env: { ...world.env, openEvents: undefined } }))
  await world.advance(FRAME)
  expect(followed.view.connection).toMatchObject({ phase: 'connecting', mode: 'poll', reason: 'unsupported' })
  await world.request.respond(200, jobOf(), says('stream; reason=flag_on'))
  await world.advance(FRAME)
  expect(followed.phase).toBe('polling')
  expect(followed.view.job?.progress).toBe(0.42)
  expect(world.streams).toHaveLength(0)
})

test('a page without a status polls once after a second', async () => {
  const followed = follow()
  await followed.world.advance(990)
  expect(followed.world.requests).toHaveLength(0)
  await followed.world.advance(20)
  await followed.world.request.respond(200, jobOf(), says('stream; reason=flag_on'))
  await followed.world.advance(FRAME)
  expect(followed.view.job?.progress).toBe(0.42)
  expect(followed.phase).toBe('connecting')
  await followed.world.advance(4_900)
  expect(followed.world.requests).toHaveLength(1)
  followed.world.stream.hello()
  await beat(followed, 10_000)
  expect(followed.view.connection).toMatchObject({ phase: 'live', mode: 'stream' })
  expect(followed.world.requests).toHaveLength(1)
})

test('if that first poll gets a refusal, it polls', async () => {
  const followed = follow()
  await followed.world.advance(1_000)
  await followed.world.request.respond(200, jobOf(), says('poll; reason=buffered'))
  await followed.world.advance(FRAME)
  expect(followed.view.connection).toMatchObject({ phase: 'polling', mode: 'poll', reason: 'buffered' })
  expect(followed.world.openStreams).toHaveLength(0)
  await followed.world.advance(3_000)
  expect(followed.world.requests).toHaveLength(2)
})

test('if that first poll fails, the stream goes on', async () => {
  const followed = follow()
  await followed.world.advance(1_000)
  await followed.world.request.fail()
  await followed.world.advance(4_000)
  expect(followed.world.requests).toHaveLength(1)
  followed.world.stream.hello()
  await followed.world.advance(FRAME)
  expect(followed.view.connection).toMatchObject({ phase: 'live', attempt: 0 })
})

test('a stream silent for six seconds is bridged, the second is left', async () => {
  const followed = follow({ initialJob: jobOf() })
  await followed.world.advance(5_990)
  expect(followed.world.requests).toHaveLength(0)
  await followed.world.advance(50)
  expect(followed.view.connection).toMatchObject({ phase: 'retrying', mode: 'poll', reason: 'mute' })
  expect(followed.world.openStreams).toHaveLength(0)
  expect(followed.world.requests).toHaveLength(1)
  await until(followed, () => followed.phase === 'polling', 8_000)
  expect(followed.world.streams).toHaveLength(2)
  expect(followed.world.openStreams).toHaveLength(0)
  expect(followed.reason).toBe('mute')
})

test('the reason of a refused stream (204) comes from one poll', async () => {
  const followed = follow()
  followed.world.stream.respond(204)
  await followed.world.advance(FRAME)
  expect(followed.world.requests).toHaveLength(1)
  await followed.world.request.respond(200, jobOf(), says('poll; reason=flag_off'))
  await followed.world.advance(FRAME)
  expect(followed.view.connection).toMatchObject({ phase: 'polling', mode: 'poll', reason: 'flag_off' })
  expect(followed.view.job?.version).toBe(1_000_001)
})

test.each(['flag_off', 'kill_switch', 'flags_unavailable', 'buffered', 'at_capacity'])(
  'after %s the stream is not tried until a poll says so',
  async (reason) => {
    const followed = follow()
    followed.world.stream.drop()
    await followed.world.advance(0)
    await followed.world.request.respond(200, jobOf(), says(`poll; reason=${reason}`))
    for (let polls = 0; polls < 200; polls += 1) {
      await followed.world.advance(3_000)
      await followed.world.request.respond(304, undefined, says(`poll; reason=${reason}`))
    }
    expect(followed.world.streams).toHaveLength(1)
    expect(followed.reason).toBe(reason)
    await followed.world.advance(3_000)
    await followed.world.request.respond(304, undefined, says('stream; reason=flag_on'))
    await followed.world.advance(1_000)
    expect(followed.world.streams).toHaveLength(2)
  },
)

test('a broken stream is bridged by polling and comes back', async () => {
  const followed = follow()
  followed.world.stream.emit('status', jobOf({ version: 1 }))
  followed.world.stream.drop()
  await followed.world.advance(FRAME)
  await followed.world.request.respond(200, jobOf({ version: 2 }), says('stream; reason=flag_on'))
  await followed.world.advance(1_000)
  expect(followed.view.job?.version).toBe(2)
  expect(followed.phase).toBe('retrying')
  expect(followed.world.streams).toHaveLength(2)
  expect(followed.world.stream.url.searchParams.get('last_event_id')).toBe('2')
  followed.world.stream.hello()
  await followed.world.advance(FRAME)
  expect(followed.phase).toBe('live')
  await beat(followed, 10_000)
  expect(followed.world.requests).toHaveLength(1)
})

test('attempts back off with jitter, then the stream is only probed', async () => {
  const followed = follow()
  const gaps: number[] = []
  for (let failures = 0; failures < 5; failures += 1) {
    const failedAt = followed.world.time
    followed.world.stream.drop()
    const known = followed.world.streams.length
    while (followed.world.streams.length === known) {
      await followed.world.advance(50)
      const request = followed.world.request
      await request.respond(304, undefined, says('stream; reason=flag_on'))
    }
    gaps.push(followed.world.time - failedAt)
    expect(followed.phase).toBe(failures < 2 ? 'retrying' : 'polling')
  }
  expect(gaps).toEqual([750, 1_500, 33_000, 66_000, 132_000])
})

test('a probe succeeds after two events that are apart', async () => {
  const followed = follow()
  await probing(followed)
  followed.world.stream.hello()
  followed.world.stream.emit('status', jobOf({ version: 1_000_002 }))
  await followed.world.advance(FRAME)
  expect(followed.phase).toBe('polling')
  expect(followed.view.job?.version).toBe(1_000_002)
  await followed.world.advance(1_000)
  const before = followed.world.requests.length
  followed.world.stream.emit('heartbeat')
  await followed.world.advance(FRAME)
  expect(followed.view.connection).toMatchObject({ phase: 'live', mode: 'stream' })
  expect(followed.world.requests).toHaveLength(before + 1)
  // The transport for another stream does not concern the open one.
  await followed.world.request.respond(200, jobOf({ version: 1_000_003 }), says('poll; reason=at_capacity'))
  await beat(followed, 10_000)
  expect(followed.view.job?.version).toBe(1_000_003)
  expect(followed.phase).toBe('live')
  expect(followed.world.requests).toHaveLength(before + 1)
})

test('a failed probe does not change the poll delay', async () => {
  const followed = follow()
  await probing(followed)
  await followed.world.advance(3_000)
  await followed.world.request.respond(200, jobOf({ version: 10 }), holding('wait; reason=client', 10))
  const sent = followed.world.requests.length
  followed.world.stream.respond(502)
  await followed.world.advance(200)
  expect(followed.world.requests).toHaveLength(sent)
  expect(followed.view.connection).toMatchObject({ phase: 'polling', mode: 'wait' })
})

test('a probe with only a first burst fails', async () => {
  const followed = follow()
  await probing(followed)
  followed.world.stream.hello()
  await followed.world.advance(7_000)
  expect(followed.world.openStreams).toHaveLength(0)
  expect(followed.view.connection).toMatchObject({ phase: 'polling', reason: 'mute' })
})

test.each([
  [401, 'signed_out'],
  [403, 'forbidden'],
  [404, 'not_found'],
])('a poll with %i ends the following', async (code, reason) => {
  const followed = follow()
  followed.world.stream.drop()
  await followed.world.advance(0)
  await followed.world.request.respond(code, {})
  expect(followed.view.connection).toMatchObject({ phase: 'failed', reason })
  await followed.world.advance(600_000)
  expect(followed.world.streams).toHaveLength(1)
  expect(followed.world.requests).toHaveLength(1)
  followed.client.retryNow('j1')
  expect(followed.world.openStreams).toHaveLength(1)
  followed.world.stream.hello()
  await followed.world.advance(FRAME)
  expect(followed.view.connection).toMatchObject({ phase: 'live', reason: undefined })
})

test('a final status from the first poll ends the following', async () => {
  const followed = follow()
  followed.world.stream.drop()
  await followed.world.advance(0)
  await followed.world.request.respond(200, completedJob(), says('poll; reason=final'))
  expect(followed.phase).toBe('done')
  expect(followed.world.streams).toHaveLength(1)
})

test('polls and streams wait for Retry-After', async () => {
  const followed = follow()
  followed.world.stream.drop()
  await followed.world.advance(0)
  await followed.world.request.respond(503, {}, { 'Retry-After': '20' })
  await followed.world.advance(FRAME)
  expect(followed.view.connection).toMatchObject({ phase: 'retrying', reason: 'busy' })
  await followed.world.advance(19_000)
  expect(followed.world.statusRequests).toHaveLength(1)
  await followed.world.advance(1_000)
  expect(followed.world.statusRequests).toHaveLength(2)
})

test('after an outage it streams as soon as the server responds', async () => {
  const followed = follow()
  followed.world.stream.hello()
  const end = followed.world.time + 120_000
  while (followed.world.time < end) {
    for (const stream of followed.world.openStreams) stream.drop()
    await followed.world.advance(500)
    await followed.world.request.fail()
  }
  expect(followed.phase).toBe('retrying')
  const tried = followed.world.streams.length
  while (followed.world.streams.length === tried) {
    await followed.world.request.respond(200, jobOf({ version: 5 }), says('stream; reason=flag_on'))
    await followed.world.advance(500)
    expect(followed.world.time).toBeLessThan(end + 31_000)
  }
  followed.world.stream.hello()
  await followed.world.advance(FRAME)
  expect(followed.view.connection).toMatchObject({ phase: 'live', attempt: 0 })
})

test('offline everything pauses, and it tries at once when online', async () => {
  const followed = follow()
  followed.world.stream.hello()
  followed.world.change({ online: false })
  await followed.world.advance(FRAME)
  await followed.world.request.fail()
  await followed.world.advance(FRAME)
  expect(followed.view.connection).toMatchObject({ phase: 'paused', connectionState: 'error', reason: 'offline' })
  expect(followed.world.openStreams).toHaveLength(0)
  followed.world.change({ online: true })
  await followed.world.advance(1_000)
  expect(followed.world.openStreams).toHaveLength(1)
  followed.world.stream.hello()
  await followed.world.advance(FRAME)
  expect(followed.phase).toBe('live')
})

test('a server on this machine is reached offline', async () => {
  const followed = follow()
  followed.world.stream.hello()
  followed.world.change({ online: false })
  await followed.world.advance(FRAME)
  await followed.world.request.respond(200, jobOf(), says('stream; reason=flag_on'))
  await followed.world.advance(1_000)
  followed.world.stream.hello()
  await followed.world.advance(FRAME)
  expect(followed.phase).toBe('live')
})
