import { expect, test } from 'vitest'
import { backoffMs, probeMs, silenceMs } from '../src/timing.ts'
import { parseRetryAfter, parseTransport } from '../src/wire.ts'

test.each([
  ['stream; reason=flag_on', { mode: 'stream', reason: 'flag_on', byTicket: false }],
  ['stream; reason=flag_on; via=ticket', { mode: 'stream', reason: 'flag_on', byTicket: true }],
  ['stream;via=ticket', { mode: 'stream', reason: 'unknown', byTicket: true }],
  ['stream; reason=flag_on; via=pigeon', { mode: 'stream', reason: 'flag_on', byTicket: false }],
  ['poll;reason=kill_switch', { mode: 'poll', reason: 'kill_switch', byTicket: false }],
  ['wait', { mode: 'wait', reason: 'unknown', byTicket: false }],
  ['pigeon; reason=flag_on', undefined],
  ['', undefined],
  [null, undefined],
])('Playhead-Transport %j', (header, expected) => {
  expect(parseTransport(header)).toEqual(expected)
})

test('Retry-After is seconds or a date', () => {
  const now = Date.parse('2026-11-23T16:00:00Z')
  expect(parseRetryAfter('20', now)).toBe(20_000)
  expect(parseRetryAfter('Mon, 23 Nov 2026 16:00:30 GMT', now)).toBe(30_000)
  expect(parseRetryAfter('Mon, 23 Nov 2026 15:00:00 GMT', now)).toBe(0)
  expect(parseRetryAfter('soon', now)).toBeUndefined()
  expect(parseRetryAfter(null, now)).toBeUndefined()
})

test('waits are within their bounds', () => {
  expect([backoffMs(1, 0), backoffMs(1, 1), backoffMs(50, 0), backoffMs(50, 1)]).toEqual([500, 1_000, 15_000, 30_000])
  expect([probeMs(0, 0), probeMs(3, 1), probeMs(99, 1)]).toEqual([30_000, 360_000, 360_000])
  expect([silenceMs(1_000), silenceMs(15_000)]).toEqual([11_000, 37_500])
})
