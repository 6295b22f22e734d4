import { afterEach, beforeEach, expect, test } from 'vitest'
import { dateGroups } from '../src/lib/dateGroups.ts'
import { formatsFor } from '../src/lib/format.ts'
import { sessionOf } from './service.tsx'

const zone = process.env['TZ']
beforeEach(() => {
  process.env['TZ'] = 'America/New_York'
})
afterEach(() => {
  if (zone === undefined) delete process.env['TZ']
  else process.env['TZ'] = zone
})

/** A Monday, 00:30 in New York. */
const NOW = '2026-11-23T05:30:00Z'

function grouped(created: readonly string[], now = NOW) {
  const sessions = created.map((created_at, n) => {
    const session = { ...sessionOf(`s${n}`, `${n}`), created_at }
    return { session, status: session.status }
  })
  return dateGroups(sessions, new Date(now)).map((group) => [group.title, group.sessions.map(({ session }) => session.filename)])
}

test('a session is under the date of the reader, by the midnights of their time zone', () => {
  expect(grouped(['2026-11-23T05:10:00Z', '2026-11-23T04:50:00Z', '2026-11-22T05:00:00Z', '2026-11-22T04:59:59Z'])).toEqual([
    ['Today', ['0']],
    ['Yesterday', ['1', '2']],
    ['Previous 7 days', ['3']],
  ])
})

test('after a week each month has a group, of another year with the year', () => {
  expect(grouped(['2026-11-16T12:00:00Z', '2026-11-15T12:00:00Z', '2026-11-01T12:00:00Z', '2026-10-31T12:00:00Z', '2025-11-30T12:00:00Z'])).toEqual([
    ['Previous 7 days', ['0']],
    ['November', ['1', '2']],
    ['October', ['3']],
    ['November 2025', ['4']],
  ])
})

test('a day of 25 hours is one day', () => {
  expect(grouped(['2026-11-01T04:30:00Z', '2026-10-31T12:00:00Z'], '2026-11-02T04:30:00Z').map(([title]) => title)).toEqual(['Today', 'Yesterday'])
})

test('what a clock that is ahead has made is of today', () => {
  expect(grouped(['2026-11-24T12:00:00Z'])).toEqual([['Today', ['0']]])
})

test('a row says what its heading leaves open', () => {
  const { time, weekday, day } = formatsFor('en-GB')
  expect([time('2026-11-23T21:20:00Z'), weekday('2026-11-19T21:20:00Z'), day('2026-10-03T21:20:00Z')]).toEqual(['16:20', 'Thu 16:20', '3 Oct'])
})
