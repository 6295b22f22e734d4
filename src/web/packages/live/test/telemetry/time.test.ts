import { expect, test } from 'vitest'
import { type World, completedJob, jobOf } from '../../src/testing/index.ts'
import { FRAME, OFF, ON, says } from '../follow.ts'
import { beat, hide, publish, reporting, streaming } from './reporting.ts'

/** Answers polls for so long, each after 100 ms. */
async function polling({ world }: { readonly world: World }, ms: number, headers: Record<string, string>) {
  for (const end = world.time + ms; world.time < end; await world.advance(100)) {
    for (const request of world.openRequests) await request.respond(304, undefined, headers)
  }
}

test('a page that only polls is watched in that mode, from its first answer on with fresh data', async () => {
  const followed = await reporting({}, 'j1', { transport: 'poll' })
  const { world } = followed
  await world.advance(200)
  await world.request.respond(200, jobOf({ version: 1 }), ON)
  await polling(followed, 60_000, ON)
  expect(followed.bodies()).toMatchObject([
    { transport: 'poll', reason: 'manual', seconds: { poll: [42.2, 42] }, allowed: [42.2, 42], first_data_ms: 216, first_event_ms: null, fallbacks: 0 },
  ])
})

test('while the server allows no stream, time is not allowed time', async () => {
  const followed = await reporting()
  const { world } = followed
  world.stream.respond(204)
  await world.advance(100)
  await polling(followed, 43_000, OFF)
  expect(followed.bodies()).toMatchObject([{ transport: 'poll', reason: 'flag_off', allowed: [0, 0], fallbacks: 0 }])
  const before = world.time
  await polling(followed, 4_000, ON)
  world.stream.hello()
  await beat(followed, 40_000)
  await hide(followed)
  const allowed = followed.bodies().reduce((sum, body) => sum + ((body['allowed'] as readonly number[])[0] ?? 0), 0)
  // From the answer that allowed it on.
  expect(allowed).toBeGreaterThanOrEqual(40)
  expect(allowed).toBeLessThan((world.time - before) / 1_000)
})

test('a page whose streams failed is still allowed to stream', async () => {
  const followed = await reporting()
  for (let attempts = 0; attempts < 3; attempts += 1) {
    followed.world.stream.drop()
    await polling(followed, 5_000, ON)
  }
  await hide(followed)
  const { seconds, allowed, fallbacks, reason } = followed.bodies().at(-1) as { seconds: Record<string, number[]>; allowed: number[]; fallbacks: number; reason: string }
  const total = Object.values(seconds).reduce((sum, [watched = 0]) => sum + watched, 0)
  expect(allowed[0]).toBeCloseTo(total)
  expect([fallbacks, reason]).toEqual([0, 'network'])
})

test('the goodbye of a kill switch ends the allowed time', async () => {
  const followed = await streaming()
  const { world } = followed
  await beat(followed, 10_000)
  world.stream.emit('goodbye', { reason: 'kill_switch', next: 'poll', retry_after_ms: 3_000 })
  await world.advance(3_000)
  await polling(followed, 20_000, says('poll; reason=kill_switch'))
  await hide(followed)
  expect(followed.total()).toMatchObject({ reason: 'kill_switch', allowed: [11.04, 11], seconds: { stream: [11, 11] }, fallbacks: 0, reconnects: 0 })
})

test('a hidden page is not watched, reports nothing, and its statuses are not late', async () => {
  const followed = await streaming()
  const { world } = followed
  await world.advance(1_000)
  await hide(followed)
  expect(followed.bodies()).toMatchObject([{}, { seconds: { stream: [1, 1] }, end: true }])
  await world.advance(5_000)
  publish(followed, 2, 4_000)
  expect(world.reports).toHaveLength(2)
  world.change({ presence: 'shown' })
  publish(followed, 3, 2_000)
  await beat(followed, 50_000)
  await hide(followed)
  expect(followed.total()).toMatchObject({ seconds: { none: [0.04, 0], stream: [52, 52] }, lag_ms: {}, held: 0, max_age_ms: 5_000, elapsed_s: 57.04 })
})

test('a final status that comes to a hidden page is not reported, and it has said that nobody looks', async () => {
  const followed = await streaming()
  const { world } = followed
  await world.advance(1_000)
  await hide(followed)
  await world.advance(5_000)
  world.stream.emit('status', completedJob({ updated_at: new Date(world.clock.date - 200).toISOString() }))
  await world.advance(FRAME)
  expect(followed.total()).toMatchObject({ final_lag_ms: null, held: 0, end: true })
})

test('a page that is hidden before its status was painted has not shown it late', async () => {
  const followed = await streaming()
  const { world } = followed
  publish(followed, 2)
  await hide(followed)
  await world.advance(20_000)
  world.change({ presence: 'shown' })
  await beat(followed, 60_000)
  expect(followed.bodies()).toMatchObject([{ lag_ms: {} }, { lag_ms: {}, held: 0 }])
})

test('data that came to a hidden page first have cost no watched time', async () => {
  const followed = await reporting({ presence: 'hidden' }, 'j1', {})
  const { world } = followed
  await world.advance(200)
  await world.request.respond(200, jobOf({ version: 1 }), ON)
  await world.advance(10_000)
  world.change({ presence: 'shown' })
  await world.advance(1_000)
  await hide(followed)
  expect(followed.bodies()).toMatchObject([{ first_data_ms: 0 }])
})

test('a page that slept was not watched meanwhile, whatever its clock did', async () => {
  const followed = await streaming()
  const { world } = followed
  await beat(followed, 9_000)
  await world.clock.sleep(3_600_000)
  for (const request of world.openRequests) await request.respond(200, jobOf({ version: 2, updated_at: new Date(world.clock.date - 3_000_000).toISOString() }), ON)
  await world.advance(100)
  await hide(followed)
  const watched = followed.bodies().flatMap(({ seconds }) => Object.values(seconds as Record<string, number[]>))
  expect(watched.reduce((sum, [ms = 0]) => sum + ms, 0)).toBeLessThan(11)
  expect(followed.bodies().at(-1)).toMatchObject({ lag_ms: {}, held: 0 })
})

test('after a sleep in which the monotonic clock stopped, data are not fresh until some come', async () => {
  const followed = await streaming()
  const { world } = followed
  await beat(followed, 9_000)
  const slept = 3_600_000
  Object.defineProperty(world.clock, 'date', { get: () => Date.UTC(2026, 10, 23) + world.time + slept })
  world.change({})
  await world.advance(2_000)
  world.stream.hello()
  publish(followed, 2, slept)
  await world.advance(1_000)
  await hide(followed)
  const { seconds, lag_ms, rtt_ms } = followed.total() as { seconds: Record<string, [number, number]>; lag_ms: object; rtt_ms: number }
  const total = Object.values(seconds).reduce(([a, b], [watched, fresh]) => [a + watched, b + fresh], [0, 0])
  expect(total[0]).toBeCloseTo(13.04)
  expect(total[1]).toBeCloseTo(11, 0)
  expect(lag_ms).toEqual({})
  // That of the stream from before is discarded, because the clocks differ.
  expect(rtt_ms).toBeGreaterThan(40)
})

test('a silent stream is fresh for one and a half heartbeats', async () => {
  const followed = await streaming()
  await followed.world.advance(30_000)
  await hide(followed)
  expect(followed.total()).toMatchObject({ seconds: { stream: [31, 23.5] }, allowed: [31.04, 23.5], max_age_ms: 30_000 })
})

test('the time in which a page is offline is watched, and soon not fresh', async () => {
  const followed = await streaming()
  const { world } = followed
  world.change({ online: false })
  await world.advance(40_000)
  await hide(followed)
  const spans = followed.bodies().map(({ seconds }) => Object.values(seconds as Record<string, number[]>))
  const [watched, fresh] = spans.flat().reduce(([a = 0, b = 0], [c = 0, d = 0]) => [a + c, b + d], [0, 0])
  expect([watched, fresh]).toEqual([expect.closeTo(41.04), expect.closeTo(23.5)])
})
