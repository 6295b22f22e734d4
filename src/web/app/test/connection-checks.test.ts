import { expect, test } from 'vitest'
import type { Measured, MeasuredStream } from '../src/api/doctor.ts'
import { checksOf } from '../src/lib/connectionChecks.ts'
import { nothingYet } from '../src/lib/connectionTest.ts'
import { HELD, T0 } from './doctor.ts'

const STREAM: MeasuredStream = {
  pattern: 'short',
  variant: 'page',
  began_at: T0,
  end: 'whole',
  ended_ms: 2_520,
  status: 200,
  http_version: '2',
  headers: { 'content-type': 'text/event-stream; charset=utf-8' },
  head_ms: 10,
  first_byte_ms: 15,
  size_bytes: 800,
  events: [
    { number: 1, sent_at: T0, arrived_ms: 20 },
    { number: 2, sent_at: T0 + 2_500, arrived_ms: 2_520 },
  ],
}
const heldOf = (pattern: MeasuredStream['pattern']): MeasuredStream => ({ ...STREAM, pattern, events: STREAM.events.map((event) => ({ ...event, arrived_ms: 2_510 })) })

function values(measured: Partial<Measured>, reading: readonly MeasuredStream[] = []) {
  const checks = checksOf({ measured: { ...nothingYet().measured, ...measured }, reading })
  return Object.fromEntries(checks.map(({ id, value }) => [id, value?.replaceAll('\u{A0}', ' ')]))
}

test('nothing has a value before it is measured', () => {
  expect(Object.values(values({ round_trips_ms: [3, 4], clock_ms: [0, 1] })).filter((value) => value !== undefined)).toEqual([])
})

test('the first event is there while its stream goes on', () => {
  expect(values({}, [{ ...STREAM, end: 'left' }])).toMatchObject({ firstByte: '15 ms', firstEvent: '20 ms', small: undefined })
})

test('everything that was measured is said with its numbers', () => {
  const measured = {
    received: { http_version: '1.1', server_time: T0 },
    round_trips_ms: [80, 20, 30],
    clock_ms: [9_000, 10] as const,
    streams: [STREAM, heldOf('short'), { ...STREAM, variant: 'identity', events: [] } as const, { ...STREAM, pattern: 'large', headers: { ...STREAM.headers, 'content-encoding': 'gzip' } } as const],
  }
  expect(values(measured)).toEqual({
    requests: '30 ms',
    clock: '9.0 s behind the server\'s',
    firstByte: '15 ms',
    firstEvent: '20 ms',
    small: '2 events sent over 2.5 s came within 0 ms',
    large: '2 events sent over 2.5 s came within 2.5 s',
    compression: 'none, gzip',
    version: 'HTTP/2 here, HTTP/1.1 at the server',
  })
})

test.each([
  [[-9_000, 10], '9.0 s ahead of the server\'s'],
  [[-300, 20], 'within 320 ms of the server\'s'],
] as const)('a clock that differs by %j is said to be %s', (clock_ms, said) => {
  expect(values({ clock_ms, round_trips_ms: [1, 2, 3] })['clock']).toBe(said)
})

test.each([
  ['cut', { end: 'cut' }, '2 events sent over 2.5 s came within 2.5 s; then the stream was cut'],
  ['silent', { end: 'silent' }, '2 events sent over 2.5 s came within 2.5 s; then nothing more came'],
  ['mute', { events: [], end: 'silent', ended_ms: 8_500, status: 0, headers: {} }, 'nothing came in 8.5 s'],
  ['refused', { status: 403, headers: { 'content-type': 'text/html' }, events: [] }, 'no stream, status 403'],
] as const)('a stream that is %s says so', (_, changes, said) => {
  expect(values({ streams: [{ ...STREAM, ...changes }] })['small']).toBe(said)
})

test('a version that the browser does not tell is only that at the server', () => {
  expect(values({ received: { http_version: '1.1', server_time: T0 }, streams: [{ ...STREAM, http_version: '' }] })['version']).toBe('HTTP/1.1 at the server')
})

test('a check has the level of the finding that is about it', () => {
  const checks = checksOf(nothingYet(), HELD.findings)
  expect(checks.filter(({ level }) => level !== undefined).map(({ id, level }) => [id, level])).toEqual([
    ['clock', 'note'],
    ['firstEvent', 'wrong'],
    ['small', 'wrong'],
    ['large', 'wrong'],
  ])
})
