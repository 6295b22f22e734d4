import { expect, test } from 'vitest'
import { type Clock, type Exchange, best, sampled } from '../../src/telemetry/clock.ts'

const SERVER = Date.UTC(2026, 10, 23)
const LEAD = 5_000

/** A clock after requests with these round trips, each of a server that is ahead of the middle of them by so much. */
function clockOf(trips: readonly (readonly [rttMs: number, aheadMs: number])[], more: Partial<Exchange> = {}): Clock {
  return trips.reduce<Clock>((clock, [rttMs, aheadMs], nr) => {
    const sentAt = nr * 1_000
    return sampled(clock, { sentAt, receivedAt: sentAt + rttMs, serverMs: SERVER + sentAt + rttMs / 2 + aheadMs, leadMs: LEAD, ...more })
  }, [])
}

test('the server is where it is in the middle of the round trip', () => {
  expect(best(clockOf([[80, 0]]), LEAD)).toMatchObject({ offsetMs: SERVER, rttMs: 80 })
})

test('the sample with the smallest round trip wins, of several the newest', () => {
  expect(best(clockOf([[80, 40], [20, 3], [20, 5], [300, -150]]), LEAD)).toMatchObject({ offsetMs: SERVER + 5, rttMs: 20 })
})

test('the last eight samples count', () => {
  const slow = Array.from({ length: 8 }, () => [90, 0] as const)
  expect(best(clockOf([[10, 5], ...slow.slice(1)]), LEAD)?.rttMs).toBe(10)
  expect(best(clockOf([[10, 5], ...slow]), LEAD)?.rttMs).toBe(90)
})

test.each([
  [50, 20],
  [-50, 20],
  [51, undefined],
  [-10_000, undefined],
])('after a jump of a clock by %d ms samples from before count, or not', (jumpMs, rttMs) => {
  expect(best(clockOf([[20, 0]]), LEAD + jumpMs)?.rttMs).toBe(rttMs)
})

test.each([Number.NaN, 0, -1])('a response without a time (%d) is no sample', (serverMs) => {
  expect(clockOf([[20, 0]], { serverMs })).toEqual([])
})

test('a response that came before its request is no sample', () => {
  expect(clockOf([[-1, 0]])).toEqual([])
})
