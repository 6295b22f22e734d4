import { expect, test } from 'vitest'
import { ApiError } from '../src/api/http.ts'
import { type Entry, countsOf, lastDone, shortened, splitNow } from '../src/lib/now.ts'
import type { Upload } from '../src/api/uploads.tsx'
import { strings } from '../src/strings/index.ts'
import { sessionOf } from './service.tsx'
import { statusOf } from './status.ts'

const NOW = Date.UTC(2026, 10, 23, 12)
const HOUR = 3_600_000
const WATCHED: ReadonlySet<string> = new Set(['a', 'b', 'c', 'd', 'running'])
const DONE = { state: 'completed', stage: 'completed', progress: 1 } as const
const waiting = (queue_position: number | null, eta_s: number | null = null) =>
  ({ state: 'queued', stage: 'queued', progress: null, queue_position, eta_s }) as const
const failed = (hoursAgo: number) =>
  ({ state: 'failed', stage: 'failed', updated_at: new Date(NOW - hoursAgo * HOUR).toISOString() }) as const

const live = (id: string, status: Parameters<typeof statusOf>[0] = {}) => {
  const session = sessionOf(id, id, status)
  return { session, status: session.status }
}
const upload = (key: string, state: Upload['state'], more: Partial<Upload> = {}): Upload => ({ key, id: undefined, filename: key, size_bytes: 1, state, share: 0, error: undefined, ...more })
const nameOf = (entry: Entry) => ('upload' in entry ? entry.upload.key : entry.status.session_id)

function split(sessions: readonly ReturnType<typeof live>[], { uploads = [] as ReturnType<typeof upload>[], unlisted = [] as ReturnType<typeof statusOf>[], dismissed = '' } = {}) {
  return splitNow({ sessions, uploads, unlisted }, ({ session_id }) => session_id === dismissed, NOW)
}

test('what runs comes first, then uploads, the queue in its order, files to send, and failures', () => {
  const { entries, past } = split(
    [live('failed 3 h ago', failed(3)), live('second', waiting(2)), live('first', waiting(1)), live('failed 1 h ago', failed(1)), live('done', DONE), live('running')],
    { uploads: [upload('not sent', 'failed', { error: new ApiError(0, 'cut', '') }), upload('going', 'sending'), upload('paused', 'paused'), upload('to send', 'waiting')] },
  )
  expect(entries.map(nameOf)).toEqual(['running', 'going', 'first', 'second', 'to send', 'paused', 'not sent', 'failed 1 h ago', 'failed 3 h ago'])
  expect(past.map(({ session }) => session.id)).toEqual(['done'])
})

test('of sessions without a place in the queue the oldest comes first', () => {
  const { entries } = split([live('c', waiting(null)), live('b', waiting(null)), live('z', waiting(7))])
  expect(entries.map(nameOf)).toEqual(['z', 'b', 'c'])
})

test('one that runs is there also where the list was not read as far', () => {
  const { entries } = split([live('second', waiting(2))], { unlisted: [statusOf({ session_id: 'old' })] })
  expect(entries.map(nameOf)).toEqual(['old', 'second'])
})

test.each([
  ['23 hours ago', failed(23), '', true],
  ['a day ago', failed(24), '', false],
  ['an hour ago and was dismissed', failed(1), 's1', false],
])('a session that failed %s', (_, status, dismissed, isNow) => {
  const { entries, past } = split([live('s1', status)], { dismissed })
  expect([entries.length, past.length]).toEqual(isNow ? [1, 0] : [0, 1])
})

test('a session that ended before the reader’s eyes stays where it ended, the last three of them', () => {
  const ended = (id: string, minute: number, how: Parameters<typeof statusOf>[0] = DONE) =>
    live(id, { ...how, updated_at: new Date(NOW + minute * 60_000).toISOString() })
  const sessions = [live('running'), ended('c', 3), ended('d', 4, { state: 'canceled', stage: 'canceled' }), ended('b', 2), ended('a', 1), ended('unseen', 5)]
  const { entries, past } = splitNow({ sessions, uploads: [], unlisted: [] }, () => false, NOW, WATCHED)
  expect(entries.map(nameOf)).toEqual(['b', 'c', 'd', 'running'])
  expect(past.map(({ session }) => session.id)).toEqual(['a', 'unseen'])
  expect(strings.list.now.summary(countsOf(entries), lastDone(entries)?.eta_s ?? null)).toBe('1 transcribing, about 50\u{A0}s left · 3 ended')
})

test('the summary counts the rows, and says how long until the last one is done', () => {
  const { entries } = split([live('third', waiting(2, 190)), live('second', waiting(1, 90)), live('running', { eta_s: 20 })])
  expect(strings.list.now.summary(countsOf(entries), lastDone(entries)?.eta_s ?? null)).toBe('1 transcribing, 2 waiting, about 3\u{A0}min left')
})

test.each([
  ['a session', [live('second', waiting(1)), live('running', { eta_s: 20 })], [], '1 transcribing, 1 waiting'],
  ['a file to send', [live('running', { eta_s: 20 })], [upload('going', 'sending'), upload('to send', 'waiting')], '1 transcribing, 1 uploading, 1 waiting'],
  ['nothing', [live('failed', failed(1))], [], '1 failed'],
])('no time is claimed where that of %s is not known', (_, sessions, uploads, summary) => {
  const { entries } = split(sessions, { uploads })
  expect(strings.list.now.summary(countsOf(entries), lastDone(entries)?.eta_s ?? null)).toBe(summary)
})

test('a long group shows what runs, what is next and the newest failures', () => {
  const many = Array.from({ length: 60 }, (_, n) => live(`w${n}`, waiting(n + 1)))
  const failures = Array.from({ length: 5 }, (_, n) => live(`f${n}`, failed(n)))
  const { entries } = split([...many, ...failures, live('running')])
  expect(shortened(entries).map(nameOf)).toEqual(['running', 'w0', 'w1', 'w2', 'w3', 'f0', 'f1', 'f2'])
})

test('a long group of failures fills the rows that nothing else takes', () => {
  const failures = Array.from({ length: 12 }, (_, n) => live(`f${n}`, failed(n)))
  expect(shortened(split([...failures, live('running')]).entries).map(nameOf)).toEqual(['running', ...failures.slice(0, 7).map(({ session }) => session.id)])
})

const COMING = { state: 'uploading', stage: 'uploading', progress: 0.63 } as const

test('an upload and its session are one row, whatever the session says', () => {
  const { entries, past } = split([live('s1', COMING), live('s2', waiting(1))], {
    uploads: [upload('u1', 'sending', { id: 's1' }), upload('u2', 'sending', { id: 's2' })],
    unlisted: [statusOf({ session_id: 's1', ...COMING })],
  })
  expect(entries.map(nameOf)).toEqual(['u1', 'u2'])
  expect(entries.map((entry) => 'upload' in entry && entry.live?.session.id)).toEqual(['s1', 's2'])
  expect(past).toEqual([])
})

test('an upload that nothing comes of waits for a person, and one that moves elsewhere goes on', () => {
  const sessions = [live('still', COMING), live('moves', COMING), live('a canary', { state: 'uploading', stage: 'transcribing' })]
  const { entries } = splitNow({ sessions, uploads: [], unlisted: [], moving: new Set(['moves']) }, () => false, NOW)
  expect(entries.map(nameOf)).toEqual(['a canary', 'moves', 'still'])
  expect(strings.list.now.summary(countsOf(entries), null)).toBe('2 uploading · 1 paused')
})
