import { expect, test } from 'vitest'
import { ALL_JOBS, createLiveClient } from '../../src/index.ts'
import { World, completedJob, jobOf } from '../../src/testing/index.ts'
import { FRAME, follow } from '../follow.ts'
import { beat, hide, lags, mute, publish, reporting, streaming } from './reporting.ts'

test('without an address nothing is measured or sent', async () => {
  const world = new World()
  let paints = 0
  const env = { ...world.env, afterPaint: () => void (paints += 1) }
  const followed = follow({}, world, 'j1', createLiveClient({ env }))
  world.stream.hello()
  publish(followed, 1)
  publish(followed, 2)
  await beat(followed, 60_000)
  await hide(followed)
  expect([world.reports, paints]).toEqual([[], 0])
})

test('a report has every field, also of what is not there', async () => {
  const followed = await streaming({ connectMs: 35.4 })
  const { world } = followed
  expect(world.reports.map(({ url, body }) => [url.pathname, body])).toEqual([
    [
      '/telemetry',
      {
        page: 'c0000000c0000000',
        seq: 1,
        session_id: 'j1',
        transport: 'stream',
        reason: null,
        protocol: 'http/1.1',
        elapsed_s: 1.04,
        seconds: { none: [0.04, 0], stream: [1, 1] },
        allowed: [1.04, 1],
        connect_ms: 35,
        first_event_ms: 40,
        first_data_ms: 56,
        lag_ms: {},
        rtt_ms: 40,
        max_age_ms: 1_000,
        proven: 1,
        mutes: 0,
        stalls: 0,
        proven_by_ticket: 0,
        mutes_by_ticket: 0,
        stalls_by_ticket: 0,
        gaps: 0,
        reconnects: 0,
        fallbacks: 0,
        held: 0,
        page_errors: 0,
        final_lag_ms: null,
        end: false,
      },
    ],
  ])
  expect(world.reports[0]?.init).toMatchObject({ method: 'POST', keepalive: true, headers: { 'X-Requested-With': 'playhead' } })
})

test('a stream is reported when it is first proven, 40 s after the start and then once a minute', async () => {
  const followed = await streaming()
  const { world } = followed
  publish(followed, 2, 60)
  await world.advance(960)
  await beat(followed, 35_000)
  expect(world.reports).toHaveLength(1)
  await beat(followed, 5_000)
  expect(followed.bodies()[1]).toMatchObject({
    seq: 2,
    elapsed_s: 42,
    seconds: { stream: [40.96, 40.96] },
    allowed: [40.96, 40.96],
    first_event_ms: 40,
    first_data_ms: null,
    lag_ms: { stream: lags({ 7: 1 }, 76) },
    rtt_ms: 0,
    max_age_ms: 5_960,
    proven: 0,
  })
  await beat(followed, 55_000)
  expect(world.reports).toHaveLength(2)
  await beat(followed, 5_000)
  expect(followed.bodies()[2]).toMatchObject({ seq: 3, seconds: { stream: [60, 60] }, allowed: [60, 60], lag_ms: {} })
})

test('a final status is reported when it is painted, as the end', async () => {
  const followed = await streaming()
  const { world } = followed
  world.stream.emit('status', completedJob({ updated_at: new Date(world.clock.date - 200).toISOString() }))
  await world.advance(FRAME)
  expect(followed.bodies()).toMatchObject([{ proven: 1 }, { transport: 'stream', final_lag_ms: 216, end: true, lag_ms: { stream: lags({ 9: 1 }, 216) } }])
  followed.stop()
  await world.advance(2_000)
  expect([world.reports.length, world.pending]).toEqual([2, 0])
})

test('a job that was final before is no final that was waited for', async () => {
  const followed = await reporting({}, 'j1', {})
  const { world } = followed
  world.stream.hello()
  world.stream.emit('status', completedJob())
  await world.advance(FRAME)
  followed.stop()
  await world.advance(2_000)
  expect(followed.bodies()).toMatchObject([{ final_lag_ms: null, first_data_ms: 16, lag_ms: {} }])
})

test('what is left is reported when nothing is followed any more', async () => {
  const followed = await streaming()
  followed.stop()
  await followed.world.advance(1_500 + FRAME)
  expect(followed.bodies()[1]).toMatchObject({ transport: 'stream', seconds: { stream: [1.5, 1.5] }, end: true })
  expect(followed.world.pending).toBe(0)
})

test('a page that is put away reports at once, and nothing after that', async () => {
  const followed = await streaming()
  await followed.world.advance(500)
  followed.world.change({ presence: 'away' })
  await followed.world.advance(60_000)
  expect(followed.bodies()).toMatchObject([{ end: false }, { seconds: { stream: [0.5, 0.5] }, end: true }])
})

test('the list is reported without an id, and a lag for each session that changed', async () => {
  const followed = await reporting({}, ALL_JOBS, {})
  const { world } = followed
  const at = (lateMs: number) => new Date(world.clock.date - lateMs).toISOString()
  world.stream.hello()
  world.stream.emit('status', jobOf({ id: 'a', version: 1, updated_at: at(500) }))
  world.stream.emit('status', jobOf({ id: 'b', version: 1, updated_at: at(500) }))
  await world.advance(1_000)
  world.stream.emit('status', jobOf({ id: 'a', version: 2, updated_at: at(4) }))
  world.stream.emit('status', jobOf({ id: 'b', version: 2, updated_at: at(84) }))
  world.stream.emit('status', jobOf({ id: 'c', version: 1, updated_at: at(84) }))
  await world.advance(FRAME)
  await hide(followed)
  expect(followed.total()).toMatchObject({ session_id: null, first_data_ms: 16, final_lag_ms: null, lag_ms: { stream: lags({ 4: 1, 7: 1 }, 120) } })
})

test('a list in which nothing runs is there with its first event', async () => {
  const followed = await reporting({}, ALL_JOBS, {})
  await followed.world.advance(40)
  followed.world.stream.hello(15, 20)
  await beat(followed, 60_000)
  await hide(followed)
  expect(followed.total()).toMatchObject({ session_id: null, first_data_ms: 56, seconds: { none: [0.04, 0], stream: [60, 60] } })
})

test('two stores of one job do not disturb each other', async () => {
  const followed = await streaming()
  const { world, client } = followed
  const polled = follow({ transport: 'poll' }, world, 'j1', client)
  await world.advance(0)
  for (let polls = 0; polls < 4; polls += 1) {
    for (const request of world.openRequests) await request.respond(304, undefined, { 'Playhead-Server-Time': String(world.clock.date) })
    await world.advance(3_000)
    world.stream.heartbeat()
  }
  polled.stop()
  followed.stop()
  await world.advance(1_500 + FRAME)
  const [byStream] = followed.bodies()
  const byPoll = followed.bodies().find(({ transport }) => transport === 'poll')
  expect(byStream).toMatchObject({ session_id: 'j1', transport: 'stream', first_event_ms: 40, proven: 1, seq: 1 })
  expect(byPoll).toMatchObject({ session_id: 'j1', transport: 'poll', reason: 'manual', first_event_ms: null, proven: 0, seq: 1 })
})

test('a job that is followed again is another watch of the page', async () => {
  const followed = await streaming()
  const { world, client } = followed
  followed.stop()
  await world.advance(60_000)
  const again = follow({}, world, 'j1', client)
  await world.advance(200)
  world.stream.hello()
  publish(again, 2)
  await world.advance(1_000)
  world.stream.heartbeat()
  again.stop()
  await world.advance(2_000)
  const firsts = followed.bodies().filter(({ proven }) => proven === 1)
  expect(firsts.map(({ first_event_ms, first_data_ms, elapsed_s }) => [first_event_ms, first_data_ms, elapsed_s])).toEqual([
    [40, 56, 1.04],
    [200, 216, 1.2],
  ])
})

test('what happened before the measuring was loaded is reported', async () => {
  const { createReporter } = await import('../../src/telemetry/reporter.ts')
  const { reduce } = await import('../../src/machine/reduce.ts')
  const { CLEAN, initialState } = await import('../../src/machine/state.ts')
  const { connectionOf } = await import('../../src/machine/connection.ts')
  const world = new World()
  const idOf = () => 'j1'
  let state = initialState({ scope: 'job', transport: 'auto', idOf, streamSupported: true, renewsCredentials: false, path: CLEAN })
  const given: Parameters<ReturnType<typeof createReporter>>[] = []
  const of = { id: 'j1', stream: '/stream' }
  const step = (input: Parameters<typeof reduce>[1], now: number) => {
    const after = reduce(state, input, { now, random: 0 })
    given.push([of, { before: state, after, input }, now])
    state = after
  }
  step({ type: 'open', presence: 'shown', online: true }, 0)
  const sentAt = world.clock.date + 20
  step({ type: 'stream_event', id: undefined, event: { name: 'hello', heartbeatMs: 15_000, sentAt, telemetry: '' } }, 40)
  step({ type: 'stream_event', id: undefined, event: { name: 'status', job: jobOf({ version: 1 }) } }, 50)
  const job = completedJob({ updated_at: new Date(world.clock.date + 500).toISOString() })
  step({ type: 'stream_event', id: undefined, event: { name: 'status', job } }, 600)
  await world.advance(3_000)
  createReporter(world.env, '/telemetry', { connectionOf, proofMs: 500 }, given)
  await world.advance(0)
  expect(world.reports.map(({ body }) => body)).toMatchObject([
    { first_event_ms: 40, first_data_ms: 66, final_lag_ms: 116, rtt_ms: 40, seconds: { none: [0.04, 0], stream: [0.56, 0.56] }, end: true },
  ])
})

test('a failed report goes with the next one', async () => {
  const followed = await streaming({ reportsAnswered: 'lost' })
  const { world } = followed
  publish(followed, 2)
  await beat(followed, 40_000)
  publish(followed, 3)
  world.reportsAnswered = 503
  await beat(followed, 60_000)
  world.reportsAnswered = 202
  publish(followed, 4)
  await beat(followed, 60_000)
  const [, first, second, third] = followed.bodies()
  expect([first, second]).toMatchObject([
    { seq: 2, seconds: { none: [0.04, 0], stream: [41, 41] }, first_data_ms: 56, proven: 1, lag_ms: { stream: lags({ 4: 1 }, 16) } },
    { seq: 3, seconds: { none: [0.04, 0], stream: [101, 101] }, first_data_ms: 56, proven: 1, lag_ms: { stream: lags({ 4: 2 }, 32) } },
  ])
  expect(third).toMatchObject({ seq: 4, seconds: { none: [0.04, 0], stream: [161, 161] }, allowed: [161.04, 161], first_data_ms: 56, lag_ms: { stream: lags({ 4: 3 }, 48) } })
  await beat(followed, 60_000)
  expect(followed.bodies()[4]).toMatchObject({ seq: 5, seconds: { stream: [60, 60] }, first_data_ms: null, proven: 0, lag_ms: {} })
})

test('a report without an answer holds the next one back for ten seconds at most', async () => {
  const followed = await streaming({ reportsAnswered: 'never' })
  const { world, client } = followed
  const mistake = new Error('a mistake')
  let isWrong = false
  client.subscribe('j1', {}, () => {
    if (isWrong) throw mistake
  })
  await beat(followed, 5_000)
  isWrong = true
  publish(followed, 2)
  await expect(world.advance(FRAME)).rejects.toBe(mistake)
  isWrong = false
  await beat(followed, 4_000)
  expect(world.reports).toHaveLength(1)
  await beat(followed, 5_000)
  expect(followed.bodies()[1]).toMatchObject({ seq: 2, page_errors: 1 })
})

test('a report that is refused is not sent again', async () => {
  const followed = await streaming({ reportsAnswered: 400 })
  await beat(followed, 40_000)
  await beat(followed, 60_000)
  expect(followed.bodies()).toMatchObject([{ seconds: { stream: [1, 1] } }, { seconds: { stream: [40, 40] } }, { seconds: { stream: [60, 60] } }])
})

test('nothing is measured or sent of a person who asks not to be tracked', async () => {
  const followed = await streaming({ isPrivate: true })
  await beat(followed, 60_000)
  await hide(followed)
  expect(followed.world.reports).toEqual([])
})

const hello = (telemetry?: string) => ({ heartbeat_s: 15, server_time: '2026-11-23T00:00:00Z', ...(telemetry === undefined ? {} : { telemetry }) })

test.each([
  ['off', false],
  ['harms', false],
  ['later', true],
  [undefined, true],
])('of a person without a harm, with the word %s in hello, reports are sent: %s', async (word, isSent) => {
  const followed = await reporting()
  followed.world.stream.emit('hello', hello(word))
  await beat(followed, 60_000)
  expect(followed.world.reports.length > 0).toBe(isSent)
})

test.each([
  ['off', 0],
  ['harms', 1],
])('of a person with a harm, with the word %s in an answer, %d report is sent', async (word, count) => {
  const followed = await reporting()
  const { world } = followed
  followed.world.stream.emit('hello', hello(word))
  await beat(followed, 30_000)
  await world.advance(38_000)
  for (const request of world.openRequests) await request.respond(304, undefined, { 'Playhead-Telemetry': word })
  await world.advance(0)
  expect(followed.bodies().map(({ stalls }) => stalls)).toEqual(Array.from({ length: count }, () => 1))
})

test('a person is in the sample again once an answer has no word', async () => {
  const followed = await reporting({}, 'j1', { transport: 'poll' })
  const { world } = followed
  for (const word of ['off', undefined]) {
    await world.advance(3_000)
    for (const request of world.openRequests) await request.respond(304, undefined, word === undefined ? {} : { 'Playhead-Telemetry': word })
  }
  await hide(followed)
  expect(world.reports).toHaveLength(1)
})

test('each harm is reported at once when it comes first, then with the others', async () => {
  const followed = await reporting()
  const { world } = followed
  await mute(followed)
  expect(followed.bodies()).toMatchObject([{ transport: 'poll', reason: 'mute', first_event_ms: null, mutes: 1 }])
  await mute(followed)
  expect(world.reports.length).toBeLessThanOrEqual(2)
})
