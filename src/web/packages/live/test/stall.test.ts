import { expect, test } from 'vitest'
import { World, jobOf } from '../src/testing/index.ts'
import { FRAME, ON, follow, last, until } from './follow.ts'

type Following = ReturnType<typeof follow>

/**
 * Walks along a path that delivers a status a second for `liveMs` of each stream, and then nothing; polls succeed.
 * Returns how long the phase was `live` while nothing came, in all and after each stream.
 */
async function walk({ world, client }: Following, liveMs: number, ms: number) {
  const ages = new Map<object, number>()
  const frozen: number[] = []
  const end = world.time + ms
  for (let version = 100; world.time < end; await world.advance(500)) {
    version += 1
    for (const stream of world.openStreams) {
      const bornAt = ages.get(stream) ?? world.time
      ages.set(stream, bornAt)
      if (world.time === bornAt) stream.hello()
      if (world.time - bornAt <= liveMs) stream.emit('status', jobOf({ version }))
      else if (client.getConnection().phase === 'live') frozen[ages.size - 1] = world.time - bornAt - liveMs
    }
    for (const request of world.statusRequests) {
      if (!request.settled) await request.respond(200, jobOf({ version }), ON)
    }
  }
  return { streams: ages.size, frozen: frozen.filter(Boolean) }
}

test.each([12_000, 20_000, 35_000, 120_000])('a path that stalls after %i ms is left the second time', async (liveMs) => {
  const followed = follow()
  const { world } = followed
  await walk(followed, liveMs, 2 * (liveMs + 12_000))
  expect(followed.view.connection).toMatchObject({ phase: 'polling', reason: 'stalled' })
  const tried = world.streams.length
  await walk(followed, liveMs, 20_000)
  expect(world.streams).toHaveLength(tried)
})

test('probes that stall as well come less and less often', async () => {
  const followed = follow()
  const { streams } = await walk(followed, 35_000, 1_800_000)
  // Two, and probes after 30, 60, 120 and every 300 s.
  expect(streams).toBeLessThanOrEqual(9)
})

test('a stream that lives twice as long resets a stall', async () => {
  const followed = follow()
  await walk(followed, 20_000, 29_000)
  expect(followed.view.connection.attempt).toBe(1)
  await until(followed, () => followed.world.openStreams.length > 0)
  await walk(followed, 125_000, 120_000)
  expect(followed.phase).toBe('live')
  await walk(followed, 0, 9_000)
  await followed.world.advance(FRAME)
  expect(followed.phase).not.toBe('polling')
})

test('a stream that the server ends for its age resets a stall', async () => {
  const followed = follow()
  const { world } = followed
  await walk(followed, 400_000, 440_000)
  await until(followed, () => world.openStreams.length > 0)
  await walk(followed, 600_000, 600_000)
  world.stream.emit('goodbye', { reason: 'max_age', next: 'stream', retry_after_ms: 0 })
  await world.advance(1_000)
  await walk(followed, 30_000, 69_000)
  expect(followed.phase).not.toBe('polling')
})

test('the tab stores how long a path delivers before it stalls', async () => {
  const followed = follow()
  const { world } = followed
  await walk(followed, 20_000, 120_000)
  expect(followed.reason).toBe('stalled')
  followed.stop()
  await world.advance(1_600)
  const later = Object.assign(new World(), { memory: world.memory })
  await later.advance(world.time)
  const { streams } = await walk(follow({}, later), 20_000, 300_000)
  // Probes after 30, 60 and 120 s.
  expect(streams).toBe(3)
})

test('a broken connection is reset after ten seconds', async () => {
  const followed = follow()
  const { world } = followed
  for (let breaks = 0; breaks < 5; breaks += 1) {
    await until(followed, () => world.openStreams.length > 0)
    world.stream.hello()
    await last(followed)
    world.stream.drop()
    await world.advance(FRAME)
    expect(followed.view.connection).toMatchObject({ phase: 'retrying', attempt: 1 })
  }
})
