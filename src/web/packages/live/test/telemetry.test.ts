import { expect, test } from 'vitest'
import { ALL_JOBS, createLiveClient } from '../src/index.ts'
import '../src/telemetry.ts'
import { World, jobOf } from '../src/testing/index.ts'
import { FRAME, ON, follow } from './follow.ts'

/** A client that reports, in a world of its own, following one job. */
async function reporting(changes: Partial<World> = {}, id = 'j1') {
  const world = Object.assign(new World(), { random: 0.75 }, changes)
  const client = createLiveClient({ env: world.env, telemetryUrl: '/telemetry' })
  const followed = follow({ initialJob: jobOf({ version: 1 }) }, world, id, client)
  await world.advance(0)
  return followed
}

/** A stream with two events that are apart. */
async function proven({ world }: ReturnType<typeof follow>) {
  await world.advance(200)
  world.stream.hello()
  await world.advance(1_000)
  world.stream.heartbeat()
  await world.advance(0)
}

/** A stream whose events are held back; the poll for it is answered. */
async function mute({ world }: ReturnType<typeof follow>) {
  while (world.openStreams.length === 0) await world.advance(100)
  while (world.openStreams.length > 0) await world.advance(100)
  for (const request of world.openRequests) await request.respond(304, undefined, ON)
}

test('without an address nothing is reported', async () => {
  const followed = follow()
  await proven(followed)
  expect(followed.world.reports).toEqual([])
})

test('a stream is reported when it is first proven', async () => {
  const followed = await reporting()
  const { world } = followed
  await proven(followed)
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
        first_event_ms: 200,
        proven: 1,
        mutes: 0,
        stalls: 0,
      },
    ],
  ])
  expect(world.reports[0]?.init).toMatchObject({ method: 'POST', keepalive: true, headers: { 'X-Requested-With': 'playhead' } })
  for (let beats = 0; beats < 20; beats += 1) {
    await world.advance(5_000)
    world.stream.heartbeat()
  }
  expect(world.reports).toHaveLength(1)
})

test('a path that holds events back is reported at once, then once a minute', async () => {
  const followed = await reporting()
  const { world } = followed
  await mute(followed)
  expect(world.reports.map(({ body }) => body)).toMatchObject([{ transport: 'poll', reason: 'mute', first_event_ms: null, mutes: 1 }])
  await mute(followed)
  expect(world.reports).toHaveLength(1)
  for (const end = world.time + 80_000; world.time < end; await world.advance(100)) {
    for (const request of world.openRequests) await request.respond(304, undefined, ON)
  }
  const [first, second, ...others] = world.reports
  expect(second?.body).toMatchObject({ page: first?.body['page'], seq: 2, mutes: expect.any(Number) })
  expect(second?.body['mutes']).toBeGreaterThan(0)
  expect(others).toEqual([])
})

test('a stream that stops in the middle is a stall', async () => {
  const followed = await reporting({}, ALL_JOBS)
  const { world } = followed
  await proven(followed)
  await world.advance(40_000)
  expect(world.reports.map(({ body }) => body)).toMatchObject([
    { session_id: null, proven: 1, stalls: 0 },
    { session_id: null, proven: 0, mutes: 0, stalls: 1, reason: 'stalled', first_event_ms: 200 },
  ])
})

test('a hidden page reports what is left, and nothing after that', async () => {
  const followed = await reporting({ protocol: 'h2' })
  const { world } = followed
  await mute(followed)
  await mute(followed)
  world.change({ presence: 'hidden' })
  await world.advance(0)
  expect(world.reports.map(({ body }) => body['seq'])).toEqual([1, 2])
  await world.advance(600_000)
  expect(world.reports).toHaveLength(2)
})

test('what is left is reported when nothing is followed any more', async () => {
  const followed = await reporting()
  const { world } = followed
  await mute(followed)
  await mute(followed)
  followed.stop()
  await world.advance(1_500 + FRAME)
  expect(world.reports.map(({ body }) => body['mutes'])).toEqual([1, 1])
  expect(world.pending).toBe(0)
})

test('nothing is reported of a person who asks not to be tracked', async () => {
  const followed = await reporting({ isPrivate: true })
  await proven(followed)
  followed.world.change({ presence: 'hidden' })
  await followed.world.advance(0)
  expect(followed.world.reports).toEqual([])
})

test('a job that is followed again is reported again', async () => {
  const followed = await reporting()
  const { world, client } = followed
  await proven(followed)
  followed.stop()
  await world.advance(60_000)
  await proven(follow({ initialJob: jobOf({ version: 1 }) }, world, 'j1', client))
  expect(world.reports.map(({ body }) => [body['proven'], body['first_event_ms']])).toEqual([
    [1, 200],
    [1, 200],
  ])
})

test('a goodbye from the server is no stall of the path', async () => {
  const { world } = await reporting()
  world.stream.hello()
  world.stream.emit('goodbye', { reason: 'buffered', next: 'poll', retry_after_ms: 3_000 })
  await world.advance(3_000)
  world.change({ presence: 'hidden' })
  await world.advance(0)
  expect(world.reports).toEqual([])
})
