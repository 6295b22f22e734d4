import { expect, test } from 'vitest'
import type { Connection } from '../src/index.ts'
import { World, jobOf } from '../src/testing/index.ts'
import { FRAME, OFF, follow, polled, says } from './follow.ts'

type Following = ReturnType<typeof follow>

/** Lets time pass with a server that answers at most every `paceMs`, and 429 in between. Returns the times of the polls. */
async function limited({ world }: Following, paceMs: number, ms: number) {
  const polls: { readonly at: number; readonly ok: boolean }[] = []
  let answeredAt = world.time
  for (const end = world.time + ms; world.time < end; await world.advance(50)) {
    for (const request of world.openRequests) {
      const ok = world.time - answeredAt >= paceMs
      if (ok) answeredAt = world.time
      polls.push({ at: world.time, ok })
      await request.respond(ok ? 304 : 429, ok ? undefined : {}, ok ? OFF : {})
    }
  }
  return polls
}

/** Records every connection from now on. */
function connections(followed: Following) {
  const seen: Connection[] = []
  followed.client.subscribeConnection(() => seen.push(followed.view.connection))
  return seen
}

test('a 429 is no trouble while other polls succeed', async () => {
  const followed = await polled()
  await followed.world.advance(FRAME)
  const seen = connections(followed)
  await limited(followed, 7_000, 300_000)
  expect(seen.length).toBeGreaterThan(10)
  for (const { phase, mode, reason, connectionState, isStale } of seen) {
    expect([phase, mode, reason, connectionState, isStale]).toEqual(['polling', 'poll', 'flag_off', 'connected', false])
  }
})

test('after 429s polls become fewer, and most succeed', async () => {
  const followed = await polled()
  const polls = await limited(followed, 7_000, 300_000)
  const answered = polls.filter(({ ok }) => ok)
  expect(polls.length).toBeLessThan(50)
  expect(answered.length).toBeGreaterThan(25)
})

test('the poll delay doubles up to eight times and is shown', async () => {
  const followed = await polled()
  const { world } = followed
  for (const pollMs of [6_000, 12_000, 24_000]) {
    await world.advance(pollMs / 2 + 500)
    await world.request.respond(429)
    await world.advance(FRAME)
    expect(followed.view.connection.pollMs).toBe(pollMs)
  }
})

test('the poll delay returns step by step once polls succeed', async () => {
  const followed = await polled()
  const { world } = followed
  await world.advance(3_000)
  await world.request.respond(429)
  const polls = await limited(followed, 0, 60_000)
  const gaps = polls.slice(1).map(({ at }, index) => at - (polls[index]?.at ?? 0))
  expect(gaps[0]).toBeGreaterThan(5_000)
  expect(gaps.at(-1)).toBeLessThanOrEqual(3_050)
  expect(gaps).toEqual(gaps.toSorted((a, b) => b - a))
})

test('the Retry-After of a 429 is respected, with jitter', async () => {
  const followed = await polled()
  const { world } = followed
  await world.advance(3_000)
  await world.request.respond(429, {}, { 'Retry-After': '20' })
  await world.advance(20_400)
  expect(world.statusRequests).toHaveLength(2)
  await world.advance(200)
  expect(world.statusRequests).toHaveLength(3)
})

test('with long polls it waits after a 429', async () => {
  const followed = await polled()
  const { world } = followed
  const wait = says('wait; reason=at_capacity')
  await world.advance(3_000)
  await world.request.respond(304, undefined, wait)
  await world.advance(3_000)
  await world.request.respond(429)
  await world.advance(6_500)
  await world.request.respond(200, jobOf({ version: 2 }), wait)
  await world.advance(5_000)
  expect(world.statusRequests).toHaveLength(4)
})

test('429s only are an error in the end', async () => {
  const followed = await polled()
  await limited(followed, Number.POSITIVE_INFINITY, 80_000)
  expect(followed.view.connection).toMatchObject({ connectionState: 'error', isStale: true })
  const first = follow({}, new World())
  first.world.stream.respond(204)
  await first.world.advance(0)
  await first.world.request.respond(429)
  await first.world.advance(FRAME)
  expect(first.view.connection).toMatchObject({ phase: 'retrying', reason: 'busy' })
})
