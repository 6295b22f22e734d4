import { expect, test } from 'vitest'
import { MANNERS, Path, World } from '../src/testing/index.ts'
import { follow } from './follow.ts'

const STEP_MS = 100
const CHANGE_MS = 1_000

/** Two probes come within this time. */
const WATCHED_MS = 120_000

/** Follows a job behind a proxy, with a change each second, and records what a person has of it. */
function watch(name: string) {
  const manner = MANNERS[name]
  if (manner === undefined) throw new Error(`no manner is called ${name}`)
  const world = new World()
  const path = new Path(world, manner.behavior)
  const followed = follow({}, world)
  const changes: { readonly version: number; readonly at: number; shownAt?: number }[] = []
  const modes: { readonly mode: string; readonly at: number }[] = []

  function look() {
    const { connection, job } = followed.view
    const { phase, mode } = connection
    const last = modes.at(-1)
    if ((phase === 'live' || phase === 'polling') && mode !== last?.mode) modes.push({ mode, at: world.time })
    for (const change of changes) if (job !== undefined && job.version >= change.version) change.shownAt ??= world.time
    // A stream that is not proven is tried beside polls, and a live one is checked by a short poll.
    const waits = world.openRequests.filter(({ headers }) => headers['Prefer'] !== undefined)
    expect([world.openStreams.length <= 1, world.openRequests.length <= 1, phase === 'live' && waits.length > 0]).toEqual([true, true, false])
  }

  async function run(ms: number) {
    for (const end = world.time + ms; world.time < end; await world.advance(STEP_MS)) {
      look()
      if (world.time % CHANGE_MS === 0) {
        path.publish()
        changes.push({ version: path.job.version, at: world.time })
      }
    }
  }
  return { manner, world, path, followed, changes, modes, look, run }
}

test.each(Object.keys(MANNERS))('%s: the mode is found, and kept', async (name) => {
  const { manner, world, changes, modes, run } = watch(name)
  await run(60_000)
  const requests = world.streams.length + world.requests.length
  await run(WATCHED_MS - 60_000)
  const late = (from: number, to: number) => Math.max(0, ...changes.filter(({ at }) => at >= from && at < to).map(({ at, shownAt = world.time }) => shownAt - at))
  const found = modes.at(-1)
  const foundAt = found?.at ?? Infinity
  expect(found?.mode).toBe(manner.mode)
  expect(foundAt).toBeLessThanOrEqual(manner.withinMs)
  expect(late(0, foundAt)).toBeLessThanOrEqual(manner.lateMs[0])
  expect(late(foundAt, world.time - 6_000)).toBeLessThanOrEqual(manner.lateMs[1])
  expect(requests).toBeLessThanOrEqual(manner.requests)
})

const ENDS_MS = [500, 3_000, 9_000, 20_000, 47_000]

test.each(Object.keys(MANNERS))('%s: the end is shown within seconds, whenever it comes', async (name) => {
  for (const endMs of ENDS_MS) {
    const { manner, world, path, followed, run } = watch(name)
    await run(endMs)
    path.publish({ state: 'completed', stage: 'completed' })
    const { time } = world
    while (followed.phase !== 'done' && world.time < time + 60_000) await world.advance(STEP_MS)
    expect(world.time - time, `after ${endMs} ms`).toBeLessThanOrEqual(manner.finalMs ?? 5_000)
    expect(followed.view.job).toEqual(path.job)
  }
})
