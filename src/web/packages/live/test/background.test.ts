import { expect, test } from 'vitest'
import { World, completedJob, jobOf } from '../src/testing/index.ts'
import { FRAME, follow, says } from './follow.ts'

const ON = says('stream; reason=flag_on')

const inBackground = () => Object.assign(new World(), { presence: 'hidden' as const })

test('a page opened in the background polls once and streams when shown', async () => {
  const world = inBackground()
  const followed = follow({}, world)
  expect(world.requests).toHaveLength(0)
  await world.advance(0)
  await world.request.respond(200, jobOf(), ON)
  await world.advance(250)
  expect(followed.view).toMatchObject({ job: { progress: 0.42 } })
  expect(followed.view.connection).toMatchObject({ phase: 'paused', reason: 'hidden' })
  await world.advance(29_000)
  expect(world.statusRequests).toHaveLength(1)
  await world.advance(1_000)
  await world.request.respond(304, undefined, ON)
  expect(world.statusRequests).toHaveLength(2)
  expect(world.streams).toHaveLength(0)
  world.change({ presence: 'shown' })
  await world.advance(1_000)
  world.stream.hello()
  await world.advance(FRAME)
  expect(followed.view.connection).toMatchObject({ phase: 'live', reason: undefined })
})

test('opened in the background, stream only polls once, too', async () => {
  const world = inBackground()
  const followed = follow({ transport: 'stream' }, world)
  await world.advance(0)
  await world.request.respond(200, jobOf(), ON)
  await world.advance(600_000)
  expect(world.requests).toHaveLength(1)
  expect(world.streams).toHaveLength(0)
  world.change({ presence: 'shown' })
  await world.advance(1_000)
  expect(world.openStreams).toHaveLength(1)
  expect(followed.view.job?.progress).toBe(0.42)
})

test('a job that is retried in a hidden page is only polled', async () => {
  const world = inBackground()
  const followed = follow({ initialJob: completedJob({ version: 1, state: 'failed', stage: 'failed' }) }, world)
  followed.client.accept(jobOf({ version: 2, attempt: 2, state: 'queued', stage: 'queued' }))
  await world.advance(250)
  expect(followed.phase).toBe('paused')
  expect(world.openRequests).toHaveLength(1)
  expect(world.streams).toHaveLength(0)
})

test.each([{ presence: 'away' }, { online: false }] as const)('%o ends in the background: it only polls', async (gone) => {
  const followed = follow()
  const { world } = followed
  world.stream.hello()
  world.change(gone)
  await world.advance(0)
  for (const request of world.openRequests) await request.fail()
  world.change({ presence: 'hidden' })
  world.change({ online: true })
  await world.advance(0)
  expect(world.openRequests).toHaveLength(1)
  await world.request.respond(304, undefined, ON)
  await world.advance(25_000)
  expect(followed.phase).toBe('paused')
  expect(world.streams).toHaveLength(1)
})
