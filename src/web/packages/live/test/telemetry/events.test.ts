import { expect, test, vi } from 'vitest'
import { type Companion, type CompanionState, createLiveClient } from '../../src/index.ts'
import { MANNERS, Path, World, completedJob, jobOf } from '../../src/testing/index.ts'
import { FRAME, ON, follow } from '../follow.ts'
import { beat, bodiesOf, hide, lags, mute, publish, reporting, streaming, totalOf } from './reporting.ts'

/** The sum of a field over all reports. */
const total = (world: World, name: string) => bodiesOf(world).reduce((sum, body) => sum + Number(body[name]), 0)

/** Follows a job behind a proxy, with a change every second. */
async function behind(manner: keyof typeof MANNERS, ms: number) {
  const world = Object.assign(new World(), { random: 0.75 })
  const path = new Path(world, MANNERS[manner]?.behavior ?? ((page) => page))
  const client = createLiveClient({ env: world.env, telemetryUrl: '/telemetry' })
  const followed = follow({}, world, 'j1', client)
  for (const end = world.time + ms; world.time < end; await world.advance(1_000)) path.publish()
  path.publish({ state: 'completed', stage: 'completed' })
  await world.advance(10_000)
  followed.stop()
  await world.advance(2_000)
  return world
}

test('events that are 300 ms late are counted in their bucket', async () => {
  const followed = await streaming()
  for (let version = 2; version < 12; version += 1) {
    publish(followed, version, 300)
    await followed.world.advance(1_000)
  }
  await hide(followed)
  expect(followed.total()).toMatchObject({ lag_ms: { stream: lags({ 10: 10 }, 3_160) }, held: 0 })
})

test('the lag is by the clock of the server, whatever the page believes', async () => {
  const followed = await reporting({ serverAheadMs: 7_000 }, 'j1', {})
  const { world } = followed
  const at = (lateMs: number) => new Date(world.clock.date + 7_000 - lateMs).toISOString()
  await world.advance(40)
  world.stream.emit('hello', { heartbeat_s: 15, server_time: at(20) })
  world.stream.emit('status', jobOf({ version: 1, updated_at: at(0) }))
  await world.advance(1_000)
  world.stream.emit('status', jobOf({ version: 2, updated_at: at(74) }))
  await world.advance(1_000)
  await hide(followed)
  expect(followed.total()).toMatchObject({ lag_ms: { stream: lags({ 7: 1 }, 90) } })
})

test('without a time of the server no lag is reported', async () => {
  const followed = await reporting({}, 'j1', { transport: 'poll' })
  const { world } = followed
  for (let version = 1; version < 5; version += 1) {
    await world.advance(3_000)
    for (const request of world.openRequests) await request.respond(200, jobOf({ version, updated_at: new Date(world.clock.date).toISOString() }), { ...ON, ETag: `"${version}"` })
  }
  await world.advance(3_000)
  for (const request of world.openRequests) await request.respond(200, completedJob(), ON)
  await world.advance(0)
  expect(followed.bodies()).toMatchObject([{ lag_ms: {}, final_lag_ms: null, rtt_ms: null, end: true }])
})

test.each([
  ['poll', {}, {}],
  ['wait', { Prefer: 'wait=20' }, { 'Preference-Applied': 'wait=20' }],
])('a status that a %s brought is counted there', async (mode, asked, applied) => {
  const followed = await reporting({}, 'j1', { transport: 'poll' })
  const { world } = followed
  const answer = async (version: number) => {
    const updated_at = new Date(world.clock.date).toISOString()
    const time = { 'Playhead-Server-Time': String(world.clock.date) }
    await world.request.respond(200, jobOf({ version, updated_at }), { ...time, ...applied, 'Playhead-Transport': `${mode}; reason=flag_on`, ETag: `"${version}"` })
  }
  for (let version = 1; version < 4; version += 1) {
    await answer(version)
    while (world.openRequests.length === 0) await world.advance(100)
  }
  expect(world.request.headers).toMatchObject(asked)
  await answer(4)
  await world.advance(100)
  await hide(followed)
  const [{ lag_ms, transport } = {}] = followed.bodies()
  expect(transport).toBe(mode)
  expect(Object.keys(lag_ms as object)).toContain(mode)
})

test('a path that holds events back is a mute at once, and fallbacks have their reason', async () => {
  const followed = await reporting()
  const { world } = followed
  await mute(followed)
  expect(followed.bodies()).toMatchObject([{ transport: 'poll', reason: 'mute', first_event_ms: null, mutes: 1, fallbacks: 0 }])
  await mute(followed)
  expect(followed.bodies()[1]).toMatchObject({ seq: 2, reason: 'mute', mutes: 1, fallbacks: 1 })
  expect(world.reports).toHaveLength(2)
})

test('a stream that stops in the middle is a stall', async () => {
  const followed = await streaming()
  await followed.world.advance(40_000)
  expect(followed.total()).toMatchObject({ proven: 1, mutes: 0, stalls: 1, reason: 'stalled', first_event_ms: 40 })
})

test('behind a proxy that falls mute an update is held, and its event is lost', async () => {
  const world = await behind('mute', 60_000)
  expect(total(world, 'stalls')).toBeGreaterThanOrEqual(2)
  expect(total(world, 'gaps')).toBeGreaterThanOrEqual(1)
  expect(total(world, 'reconnects')).toBeGreaterThanOrEqual(1)
  expect(total(world, 'fallbacks')).toBe(1)
  expect(bodiesOf(world).at(-1)).toMatchObject({ end: true })
  expect(bodiesOf(world).find(({ final_lag_ms }) => final_lag_ms !== null)?.['final_lag_ms']).toBeLessThan(1_000)
})

test('behind a proxy that passes everything nothing happens', async () => {
  const world = await behind('pass', 60_000)
  for (const kind of ['mutes', 'stalls', 'gaps', 'reconnects', 'fallbacks', 'held', 'page_errors']) expect([kind, total(world, kind)]).toEqual([kind, 0])
  expect(world.reports).toHaveLength(3)
})

test('behind a proxy that cuts connections each stream after one that delivered is a reconnect', async () => {
  const world = await behind('cut-30', 100_000)
  expect(total(world, 'reconnects')).toBe(3)
  expect(total(world, 'gaps')).toBe(0)
})

test('an update that is shown 10 s late is held, and reported at once', async () => {
  const followed = await streaming()
  const { world } = followed
  await beat(followed, 15_000)
  publish(followed, 2, 9_983)
  await world.advance(FRAME)
  expect(world.reports).toHaveLength(1)
  publish(followed, 3, 9_984)
  await world.advance(FRAME)
  expect(followed.bodies()).toMatchObject([{}, { held: 1, lag_ms: { stream: lags({ 14: 2 }, 19_999) } }])
})

test.each([
  ['without a job', undefined, [6, 0]],
  ['with a job that the app had', jobOf({ version: 1 }), [6, 6]],
])('a visible page to which nothing comes for 5 s is reported, %s', async (_, initialJob, span) => {
  const followed = await reporting({}, 'j1', { initialJob })
  const { world } = followed
  await world.advance(4_900)
  expect(world.reports).toEqual([])
  await world.advance(1_200)
  expect(followed.bodies()).toMatchObject([{ first_data_ms: 6_000, seconds: { none: span }, allowed: span, mutes: 1 }])
})

test('a rotated or drained stream is no reconnect, and neither is one after a pause', async () => {
  const followed = await streaming()
  const { world } = followed
  for (const reason of ['max_age', 'draining']) {
    await beat(followed, 20_000)
    world.stream.emit('goodbye', { reason, next: 'stream', retry_after_ms: 0 })
    await world.advance(2_000)
    world.stream.hello()
  }
  world.change({ presence: 'hidden' })
  await world.advance(31_000)
  world.change({ presence: 'shown' })
  await world.advance(2_000)
  world.stream.hello()
  await hide(followed)
  expect(world.streams).toHaveLength(4)
  expect([total(world, 'reconnects'), total(world, 'stalls'), total(world, 'fallbacks')]).toEqual([0, 0, 0])
})

test('a goodbye from the server is no stall of the path', async () => {
  const followed = await streaming()
  followed.world.stream.emit('goodbye', { reason: 'buffered', next: 'poll', retry_after_ms: 3_000 })
  await followed.world.advance(3_000)
  await hide(followed)
  expect(followed.total()).toMatchObject({ mutes: 0, stalls: 0, fallbacks: 0 })
})

test('a version that a check brought and the stream did not is a gap', async () => {
  const followed = await streaming()
  const { world } = followed
  while (world.openRequests.length === 0) await world.advance(100)
  const updated_at = new Date(world.clock.date).toISOString()
  await world.request.respond(200, jobOf({ version: 2, updated_at }), ON)
  await world.advance(1_100)
  expect(followed.total()).toMatchObject({ gaps: 1, stalls: 1 })
})

test('a version that a check brings a moment before the stream is no gap', async () => {
  const followed = await streaming()
  const { world } = followed
  while (world.openRequests.length === 0) await world.advance(100)
  const updated_at = new Date(world.clock.date).toISOString()
  await world.request.respond(200, jobOf({ version: 2, updated_at }), ON)
  await world.advance(900)
  publish(followed, 2, 900)
  await world.advance(2_000)
  await hide(followed)
  expect(followed.total()).toMatchObject({ gaps: 0, stalls: 0 })
})

test('an exception of a listener is a page error, reported at once', async () => {
  const followed = await streaming()
  const { world, client } = followed
  const mistake = new Error('a mistake')
  let isWrong = false
  client.subscribe('j1', {}, () => {
    if (isWrong) throw mistake
  })
  await world.advance(FRAME)
  isWrong = true
  publish(followed, 2)
  await expect(world.advance(FRAME)).rejects.toBe(mistake)
  expect(followed.total()).toMatchObject({ page_errors: 1 })
})

/** A log that goes on reading beside the stream, or throws. */
function log(reduce: (state: CompanionState) => CompanionState): Companion {
  return { initial: (wanted) => ({ kind: 'idle', wanted }), view: () => undefined, events: {}, query: () => ({}), reduce, read: () => Promise.resolve(1), lost: 0 }
}

test('an exception of the companion is a page error, and following goes on', async () => {
  const world = new World()
  const mistake = new Error('a mistake')
  let isWrong = false
  const companion = log((state) => {
    if (!isWrong) return state
    isWrong = false
    throw mistake
  })
  const client = createLiveClient({ env: world.env, telemetryUrl: '/telemetry', companion })
  client.subscribe('j1', {}, vi.fn<() => void>())
  world.stream.hello()
  isWrong = true
  publish({ world }, 1)
  await expect(world.advance(FRAME)).rejects.toBe(mistake)
  await world.advance(FRAME)
  expect(client.getSnapshot('j1')?.job?.version).toBe(1)
  expect(bodiesOf(world)).toMatchObject([{ page_errors: 1 }])
})

test('what the companion reads again beside a stream is a gap', async () => {
  const world = new World()
  let reads = false
  const companion = log((state) => (reads ? { ...state, kind: 'reading', path: '/log' } : { wanted: true, kind: 'idle' }))
  const client = createLiveClient({ env: world.env, telemetryUrl: '/telemetry', companion })
  const followed = { world, stop: client.subscribe('j1', {}, () => {}) }
  world.stream.hello()
  publish(followed, 1)
  await beat(followed, 15_000)
  reads = true
  world.stream.heartbeat()
  reads = false
  await world.request.respond(200, 1)
  await hide(followed)
  expect(totalOf(world)).toMatchObject({ gaps: 1 })
})

test('a final status that is late is reported as it is', async () => {
  const followed = await streaming()
  const { world } = followed
  await beat(followed, 20_000)
  world.stream.emit('status', completedJob({ updated_at: new Date(world.clock.date - 7_000).toISOString() }))
  await world.advance(FRAME)
  expect(followed.total()).toMatchObject({ final_lag_ms: 7_016, held: 0, end: true })
})
