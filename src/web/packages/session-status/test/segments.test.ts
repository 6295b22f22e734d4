import type { FakeRequest } from '@playhead/live/testing'
import { expect, test } from 'vitest'
import { FRAME, follow, says } from './follow.ts'
import { MAX_LAST_TRANSCRIPT_FAILURES } from '../src/transcript.ts'
import { completed, segment, segmentsEvent, statusOf } from '../src/testing/index.ts'

const OFF = says('poll; reason=flag_off')
const words = (count: number) => Array.from({ length: count }, (_, index) => segment(index))
const transcript = (...indices: number[]) => ({
  session_id: 's1',
  language: 'en',
  complete: false,
  segments: indices.map(segment),
})

test('segments are kept once and in order', async () => {
  const session = follow()
  session.world.stream.emit('segments', segmentsEvent(0, 1))
  session.world.stream.emit('segments', segmentsEvent(1, 2))
  session.world.stream.emit('segments', segmentsEvent(0))
  session.world.stream.emit('segments', { from: 3, segments: [] })
  await session.world.advance(FRAME)
  expect(session.view.segments).toEqual(words(3))
  expect(session.world.requests).toHaveLength(0)
})

test('beside a live stream no segments are requested', async () => {
  const session = follow()
  session.world.stream.emit('status', statusOf({ segments: 4 }))
  await session.world.advance(FRAME)
  expect(session.world.requests).toHaveLength(0)
})

test('a hole is read from the transcript', async () => {
  const session = follow()
  session.world.stream.emit('segments', segmentsEvent(0))
  session.world.stream.emit('segments', segmentsEvent(3))
  expect(session.world.request.url.search).toBe('?format=json&from=1&revision=0')
  await session.world.request.respond(200, transcript(1, 2, 3))
  await session.world.advance(FRAME)
  expect(session.view.segments).toEqual(words(4))
})

test('a new stream asks from the first missing segment', async () => {
  const session = follow()
  session.world.stream.emit('segments', segmentsEvent(0, 1, 2))
  session.world.stream.drop()
  await session.world.advance(1_000)
  expect(session.world.stream.url.searchParams.get('from')).toBe('3')
})

test('while polling, segments are requested when their count grows', async () => {
  const session = follow()
  session.world.stream.drop()
  await session.world.advance(0)
  await session.world.request.respond(200, statusOf({ version: 1, segments: 2 }), OFF)
  expect(session.world.transcriptRequests).toHaveLength(1)
  await session.world.advance(3_000)
  await session.world.statusRequests[1]?.respond(200, statusOf({ version: 2, segments: 3 }), OFF)
  expect(session.world.transcriptRequests).toHaveLength(1)
  await session.world.transcriptRequests[0]?.respond(200, transcript(0, 1))
  expect(session.world.transcriptRequests[1]?.url.searchParams.get('from')).toBe('2')
  await session.world.transcriptRequests[1]?.respond(200, transcript(2))
  await session.world.advance(3_000)
  expect(session.view.segments).toEqual(words(3))
  expect(session.world.transcriptRequests).toHaveLength(2)
})

test('a final status requests the missing segments', async () => {
  const session = follow()
  session.world.stream.emit('segments', segmentsEvent(0))
  session.world.stream.emit('status', completed({ segments: 2 }))
  expect(session.phase).toBe('done')
  await session.world.request.respond(200, transcript(1))
  await session.world.advance(FRAME)
  expect(session.view.segments).toEqual(words(2))
  await session.world.advance(60_000)
  expect(session.world.requests).toHaveLength(1)
})

test('a failing transcript is requested a few times', async () => {
  const session = follow({ initialStatus: completed({ segments: 2 }) })
  for (let tries = 0; tries < MAX_LAST_TRANSCRIPT_FAILURES + 5; tries += 1) {
    await session.world.request.respond(500, {})
    await session.world.advance(30_000)
  }
  expect(session.world.requests).toHaveLength(MAX_LAST_TRANSCRIPT_FAILURES)
  session.client.retryNow('s1')
  await session.world.request.respond(200, transcript(0, 1))
  await session.world.advance(FRAME)
  expect(session.view.segments).toEqual(words(2))
})

test('a new attempt with fewer segments delivers the rest again', async () => {
  const session = follow()
  session.world.stream.emit('status', statusOf({ version: 1_000_005, attempt: 1, segments: 3 }))
  session.world.stream.emit('segments', segmentsEvent(0, 1, 2))
  session.world.stream.emit('status', statusOf({ version: 2_000_000, attempt: 2, segments: 1 }))
  await session.world.advance(FRAME)
  expect(session.view.segments).toEqual(words(1))
})

test('without segments none are requested', async () => {
  const session = follow({ segments: false })
  session.world.stream.emit('status', completed({ segments: 9 }))
  await session.world.advance(60_000)
  expect(session.world.requests).toHaveLength(0)
})

test('withheld segments are requested at the end, not at each status', async () => {
  const session = follow()
  session.world.stream.drop()
  await session.world.advance(0)
  await session.world.request.respond(200, statusOf({ version: 1, segments: 2 }), OFF)
  await session.world.transcriptRequests[0]?.respond(200, transcript())
  await session.world.advance(3_000)
  await session.world.statusRequests[1]?.respond(200, statusOf({ version: 2, segments: 3 }), OFF)
  await session.world.advance(3_000)
  expect(session.world.transcriptRequests).toHaveLength(1)
  await session.world.statusRequests[2]?.respond(200, completed({ version: 3, segments: 3 }), OFF)
  expect(session.world.transcriptRequests).toHaveLength(2)
  await session.world.transcriptRequests[1]?.respond(200, transcript(0, 1, 2))
  await session.world.advance(FRAME)
  expect(session.view.segments).toEqual(words(3))
})

test('withheld segments come about a minute after they are allowed', async () => {
  const session = follow({ transport: 'poll' })
  const { world } = session
  await world.advance(0)
  for (let version = 1; version <= 60; version += 1) {
    await world.statusRequests.at(-1)?.respond(200, statusOf({ version, segments: version }), OFF)
    for (const request of world.transcriptRequests) if (!request.settled) await request.respond(200, transcript())
    await world.advance(3_000)
  }
  expect(world.transcriptRequests).toHaveLength(4)
  await world.transcriptRequests[3]?.respond(200, transcript(0, 1))
  await world.advance(FRAME)
  expect(session.view.segments).toEqual(words(2))
})

test('back from away, it requests withheld segments again', async () => {
  const session = follow({ transport: 'poll' })
  const { world } = session
  await world.advance(0)
  await world.request.respond(200, statusOf({ segments: 2 }), OFF)
  await world.transcriptRequests[0]?.respond(200, transcript())
  world.change({ presence: 'away' })
  world.change({ presence: 'shown' })
  await world.advance(0)
  await world.request.respond(304, undefined, OFF)
  expect(world.transcriptRequests).toHaveLength(2)
})

test('withheld segments are requested in the next attempt', async () => {
  const session = follow()
  session.world.stream.drop()
  await session.world.advance(0)
  await session.world.request.respond(200, statusOf({ version: 1_000_001, attempt: 1, segments: 2 }), OFF)
  await session.world.transcriptRequests[0]?.respond(200, transcript())
  await session.world.advance(3_000)
  await session.world.statusRequests[1]?.respond(200, statusOf({ version: 2_000_001, attempt: 2, segments: 2 }), OFF)
  expect(session.world.transcriptRequests).toHaveLength(2)
})

/** A session that is polled, whose status changes with each poll and counts one segment more. */
async function pollingOn(session: ReturnType<typeof follow>, ms: number, answerWords: (request: FakeRequest) => unknown) {
  const { world } = session
  let version = 1
  for (const end = world.time + ms; world.time < end; await world.advance(500)) {
    for (const request of world.openRequests) {
      if (request.url.pathname.endsWith('/transcript')) await answerWords(request)
      else await request.respond(200, statusOf({ version: (version += 1), segments: version }), OFF)
    }
  }
}

test('a failing transcript is requested less and less often', async () => {
  const session = follow({ transport: 'poll' })
  await pollingOn(session, 600_000, (request) => request.respond(500))
  expect(session.world.transcriptRequests.length).toBeLessThan(40)
})

test('a transcript waits for Retry-After', async () => {
  const session = follow({ transport: 'poll' })
  await pollingOn(session, 118_000, (request) => request.respond(429, undefined, { 'Retry-After': '120' }))
  expect(session.world.transcriptRequests).toHaveLength(1)
  await pollingOn(session, 5_000, () => {})
  expect(session.world.transcriptRequests).toHaveLength(2)
})

test('away after a failure, it reads the segments when back', async () => {
  const session = follow({ transport: 'poll' })
  const { world } = session
  await world.advance(0)
  await world.request.respond(200, statusOf({ segments: 2 }), OFF)
  await world.transcriptRequests[0]?.respond(502)
  world.change({ presence: 'away' })
  world.change({ presence: 'shown' })
  await world.advance(0)
  await world.statusRequests[1]?.respond(304, undefined, OFF)
  await world.transcriptRequests[1]?.respond(200, transcript(0, 1))
  await world.advance(FRAME)
  expect(session.view.segments).toEqual(words(2))
})

test.each([{ online: false }, { presence: 'hidden' }] as const)('the last segments are read after a long time of %o', async (gone) => {
  const session = follow({ initialStatus: completed({ segments: 2 }) })
  const { world } = session
  world.change(gone)
  for (let tries = 0; tries < MAX_LAST_TRANSCRIPT_FAILURES; tries += 1) {
    await world.request.fail()
    await world.advance(30_000)
  }
  expect(world.openRequests).toHaveLength(0)
  world.change({ presence: 'shown', online: true })
  await world.request.respond(200, transcript(0, 1))
  await world.advance(FRAME)
  expect(session.view.segments).toEqual(words(2))
})

test('a hole is read again after a failure, beside the stream', async () => {
  const session = follow()
  const { world } = session
  world.stream.emit('segments', segmentsEvent(0))
  world.stream.emit('segments', segmentsEvent(3))
  world.stream.emit('status', statusOf({ segments: 4 }))
  await world.request.respond(502)
  await world.advance(1_000)
  await world.request.respond(200, transcript(1, 2, 3))
  await world.advance(FRAME)
  expect(session.view.segments).toEqual(words(4))
})

const again = (count: number) => words(count).map((one) => Object.assign(one, { text: `again ${one.index}` }))

test('a new revision of the text begins anew, and the old one adds nothing', async () => {
  const session = follow()
  session.world.stream.emit('segments', segmentsEvent(0, 1, 2))
  session.world.stream.emit('segments', { revision: 1, from: 0, segments: again(2) })
  session.world.stream.emit('segments', { revision: 0, from: 2, segments: [segment(2)] })
  await session.world.advance(FRAME)
  expect(session.view.segments).toEqual(again(2))
  session.world.stream.drop()
  await session.world.advance(1_000)
  expect(session.world.stream.url.searchParams.get('from')).toBe('2')
  expect(session.world.stream.url.searchParams.get('revision')).toBe('1')
})

test('while polling, the old text stays until that of the new revision is there', async () => {
  const session = follow()
  session.world.stream.emit('segments', segmentsEvent(0, 1, 2))
  session.world.stream.drop()
  await session.world.advance(0)
  await session.world.request.respond(200, statusOf({ version: 2_000_001, attempt: 2, segments: 3, next_revision: 1 }), OFF)
  expect(session.world.transcriptRequests).toHaveLength(0)
  await session.world.advance(3_000)
  await session.world.statusRequests[1]?.respond(200, completed({ version: 2_000_009, attempt: 2, segments: 2, revision: 1 }), OFF)
  expect(session.view.segments).toEqual(words(3))
  expect(session.world.transcriptRequests[0]?.url.search).toBe('?format=json&from=3&revision=0')
  await session.world.transcriptRequests[0]?.respond(200, { ...transcript(), revision: 1, segments: again(2) })
  await session.world.advance(FRAME)
  expect(session.view.segments).toEqual(again(2))
})

test('a new revision without speech leaves nothing of the old text', async () => {
  const session = follow()
  session.world.stream.emit('segments', segmentsEvent(0, 1))
  session.world.stream.emit('status', completed({ segments: 0, revision: 1 }))
  await session.world.advance(FRAME)
  expect(session.view.segments).toEqual([])
  expect(session.world.requests).toHaveLength(0)
})
