import { expect, test } from 'vitest'
import { ALL_JOBS } from '../src/index.ts'
import { World, jobOf } from '../src/testing/index.ts'
import { FRAME, ON, follow, holding, says } from './follow.ts'

type Following = ReturnType<typeof follow>
const STREAM = 'stream; reason=flag_on'

/** A path that holds back every event, but no response; one poll is held. */
async function waiting(options: Parameters<typeof follow>[0] = { initialJob: jobOf({ version: 1 }) }, id = 'j1') {
  const followed = follow(options, new World(), id)
  const { world } = followed
  await world.advance(6_000)
  await answer(followed, 1)
  await world.advance(500)
  return followed
}

/** Answers the open request with this version. */
async function answer({ world }: Following, version: number, headers = holding(STREAM, version)) {
  const body = world.request.url.pathname === '/status' ? { cursor: String(version), statuses: [jobOf({ version })] } : jobOf({ version })
  await world.request.respond(200, body, headers)
}

/** What the newest request asks for. */
const asked = ({ world: { request } }: Following) => ({
  prefer: request.headers['Prefer'],
  etag: request.headers['If-None-Match'],
  n: request.url.searchParams.get('n'),
})

test('where events are held back, a long poll takes their place', async () => {
  const followed = follow({ initialJob: jobOf({ version: 1 }) })
  const { world } = followed
  await world.advance(6_000)
  expect(asked(followed)).toEqual({ prefer: 'wait=20', etag: undefined, n: '1' })
  await answer(followed, 1)
  await world.advance(500)
  expect(asked(followed)).toEqual({ prefer: 'wait=20', etag: `"1.${STREAM}"`, n: '2' })
  expect(followed.view.connection).toMatchObject({ phase: 'retrying', mode: 'wait', reason: 'mute' })
  await world.advance(7_000)
  expect(world.openStreams).toHaveLength(0)
  expect(followed.view.connection).toMatchObject({ phase: 'polling', mode: 'wait', reason: 'mute', connectionState: 'connected' })
  expect(world.requests).toHaveLength(2)
  await answer(followed, 2)
  await world.advance(FRAME)
  expect(followed.view.job?.version).toBe(2)
  await world.advance(490 - FRAME)
  expect(world.openRequests).toHaveLength(0)
  await world.advance(10)
  expect(asked(followed).n).toBe('3')
})

test('where the server does not hold them, it polls', async () => {
  const followed = follow({ initialJob: jobOf({ version: 1 }) })
  const { world } = followed
  await world.advance(6_000)
  await answer(followed, 1, { ...ON, ETag: '"1"' })
  await world.advance(2_900)
  expect(world.openRequests).toHaveLength(0)
  await world.advance(100)
  await world.request.respond(304, undefined, ON)
  await world.advance(5_000)
  expect(followed.view.connection).toMatchObject({ phase: 'polling', mode: 'poll', reason: 'mute' })
})

test('without ETags it polls, because nothing would be held', async () => {
  const followed = follow({ initialJob: jobOf({ version: 1 }) })
  const { world } = followed
  for (let version = 1; world.time < 60_000; await world.advance(100)) {
    if (world.openRequests.length > 0) await answer(followed, (version += 1), says(STREAM, { 'Preference-Applied': 'wait=20' }))
  }
  expect(followed.view.connection).toMatchObject({ phase: 'polling', mode: 'poll' })
  expect(world.requests.length).toBeLessThan(21)
})

test('a broken connection is bridged without long polls', async () => {
  const followed = follow({ initialJob: jobOf({ version: 1 }) })
  followed.world.stream.drop()
  await followed.world.advance(0)
  expect(asked(followed)).toMatchObject({ prefer: undefined, n: null })
})

test('where streams always break, long polls take their place', async () => {
  const followed = follow({ initialJob: jobOf({ version: 1 }) })
  const { world } = followed
  for (let version = 1; world.time < 15_000; await world.advance(100)) {
    for (const stream of world.openStreams) stream.respond(502)
    if (world.openRequests.length > 0 && asked(followed).etag === undefined) await answer(followed, (version += 1))
  }
  expect(followed.view.connection).toMatchObject({ phase: 'polling', mode: 'wait', reason: 'network' })
})

test('one long poll is for all jobs', async () => {
  const followed = await waiting({}, ALL_JOBS)
  const { world } = followed
  expect(world.request.url.pathname + world.request.url.search).toBe('/status?after=1&n=2')
  await world.advance(7_000)
  await answer(followed, 2)
  await world.advance(500)
  expect(world.request.url.search).toBe('?after=2&n=3')
  expect(followed.view.jobs.get('j1')?.version).toBe(2)
  expect(followed.view.connection).toMatchObject({ phase: 'polling', mode: 'wait', reason: 'mute' })
})

test('a probe that delivers ends the long poll', async () => {
  const followed = await waiting()
  const { world } = followed
  await world.advance(7_000)
  for (let version = 2; world.openStreams.length === 0; version += 1) {
    await world.advance(1_000)
    await answer(followed, version)
  }
  await world.advance(500)
  const { request } = world
  world.stream.hello()
  await world.advance(1_000)
  expect(request.aborted).toBe(false)
  world.stream.heartbeat()
  expect(request.aborted).toBe(true)
  await world.advance(0)
  await answer(followed, 100)
  await world.advance(3_000)
  world.stream.heartbeat()
  await world.advance(FRAME)
  expect(world.openRequests).toHaveLength(0)
  expect(followed.view.connection).toMatchObject({ phase: 'live', mode: 'stream' })
})

test('a hidden page ends its long poll, and asks anew when it is shown', async () => {
  const followed = await waiting()
  const { world } = followed
  await world.advance(7_000)
  const { request } = world
  world.change({ presence: 'hidden' })
  expect(request.aborted).toBe(true)
  await world.advance(3_000)
  expect(asked(followed)).toMatchObject({ prefer: undefined, etag: `"1.${STREAM}"` })
  await world.request.respond(304, undefined, holding(STREAM))
  await world.advance(2_000)
  expect(world.openRequests).toHaveLength(0)
  world.change({ presence: 'shown' })
  await world.advance(0)
  expect(asked(followed)).toMatchObject({ prefer: 'wait=20', etag: undefined })
  expect(followed.view.connection.mode).toBe('wait')
})

test('after the machine slept it asks anew, and is answered at once', async () => {
  const followed = await waiting()
  const { world } = followed
  await world.advance(7_000)
  const { request } = world
  const { date } = world.env
  Object.assign(world.env, { date: () => date() + 3_600_000 })
  world.change({})
  await world.advance(0)
  expect(request.aborted).toBe(true)
  expect(asked(followed)).toMatchObject({ prefer: 'wait=20', etag: undefined })
})

test('a choice of polling ends the long poll', async () => {
  const followed = await waiting()
  const { world } = followed
  const { request } = world
  followed.client.pollOnly('j1')
  await world.advance(0)
  expect(request.aborted).toBe(true)
  await world.advance(FRAME)
  expect(asked(followed).prefer).toBeUndefined()
  expect(followed.view.connection).toMatchObject({ mode: 'poll', reason: 'manual' })
})

test('one that a proxy cuts makes the next shorter', async () => {
  const followed = await waiting()
  const { world } = followed
  await world.advance(10_000)
  await world.request.respond(504, undefined, { 'Content-Type': 'text/html' })
  await world.advance(FRAME)
  expect(followed.view.connection).toMatchObject({ phase: 'polling', mode: 'wait', reason: 'mute', attempt: expect.any(Number) })
  await world.advance(1_000)
  expect(asked(followed)).toMatchObject({ prefer: 'wait=5', etag: undefined })
  await answer(followed, 1)
  await world.advance(500)
  await world.advance(5_000)
  await world.request.respond(304, undefined, holding(STREAM))
  await world.advance(500)
  expect(asked(followed)).toMatchObject({ prefer: 'wait=5', etag: `"1.${STREAM}"` })
})

test.each<[string, number, (world: World) => Promise<void>]>([
  ['cut', 6_000, ({ request }) => request.fail()],
  ['answered from a cache', 1_000, ({ request }) => request.respond(304, undefined, holding(STREAM))],
])('two in a row that are %s are followed by polls', async (_how, ms, end) => {
  const followed = await waiting()
  const { world } = followed
  await world.advance(8_000)
  await world.request.respond(304, undefined, holding(STREAM))
  for (let cuts = 0; cuts < 2; cuts += 1) {
    while (world.openRequests.length === 0) await world.advance(100)
    if (asked(followed).etag === undefined) {
      await answer(followed, 1)
      await world.advance(500)
    }
    await world.advance(cuts === 0 ? ms : 1)
    await end(world)
  }
  await world.advance(3_500)
  expect(asked(followed).prefer).toBeUndefined()
  await world.request.respond(304, undefined, ON)
  await world.advance(FRAME)
  expect(followed.view.connection).toMatchObject({ phase: 'polling', mode: 'poll', reason: 'mute' })
  followed.client.retryNow('j1')
  for (let polls = 0; polls < 2; polls += 1) {
    await world.advance(polls * 3_000)
    await world.request.respond(304, undefined, ON)
  }
  await world.advance(3_000)
  expect(asked(followed).prefer).toBe('wait=20')
})

test('one that is never answered is given up ten seconds after its end', async () => {
  const followed = await waiting()
  const { world } = followed
  const { request } = world
  await world.advance(29_900)
  expect(request.aborted).toBe(false)
  await world.advance(100 + FRAME)
  expect(request.aborted).toBe(true)
  expect(followed.view.connection).toMatchObject({ phase: 'retrying', reason: 'network' })
  await world.advance(1_000)
  expect(asked(followed)).toMatchObject({ prefer: 'wait=10', etag: undefined })
})

test('an early answer of a process that is going away is no cut', async () => {
  const followed = await waiting()
  const { world } = followed
  for (let turns = 0; turns < 3; turns += 1) {
    await world.request.respond(304, undefined, says('wait; reason=draining', { ETag: `"1.${STREAM}"` }))
    await world.advance(3_000)
  }
  expect(asked(followed).prefer).toBe('wait=20')
})
