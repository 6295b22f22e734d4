import { expect, test } from 'vitest'
import { statusAt } from '../src/index.ts'
import { completed, statusOf } from '../src/testing/index.ts'

const HALF = statusOf({ progress: 0.5, position_s: 300, duration_s: 600, speed: 6, eta_s: 50, eta_range_s: [40, 70] })

test('progress, position and time left move with the speed', () => {
  const carried = [0, 1_000, 2_500].map((age) => statusAt(HALF, age))
  expect(carried.map(({ progress }) => progress)).toEqual([0.5, 0.51, 0.525])
  expect(carried.map(({ position_s }) => position_s)).toEqual([300, 306, 315])
  expect(carried.map(({ eta_s }) => eta_s?.toFixed(2))).toEqual(['50.00', '49.00', '47.50'])
  expect(carried[1]?.eta_range_s?.map((s) => s.toFixed(1))).toEqual(['39.2', '68.6'])
})

test('the position moves by at most one window', () => {
  expect(statusAt(HALF, 5_000).progress).toBeCloseTo(0.55)
  expect(statusAt(HALF, 3_600_000)).toEqual(statusAt(HALF, 5_000))
})

test('progress never falls below the one shown before', () => {
  const { progress, position_s, eta_s } = statusAt(HALF, 0, 0.6)
  expect([progress, position_s]).toEqual([0.6, 360])
  expect(eta_s).toBeCloseTo(40)
})

test('progress is below 1 before the session is completed', () => {
  const late = statusOf({ progress: 0.985, position_s: 591, duration_s: 600, speed: 20 })
  expect(statusAt(late, 60_000)).toMatchObject({ progress: 0.99, position_s: 594 })
  expect(statusAt(statusOf({ ...late, progress: 0.995, position_s: 597 }), 60_000).progress).toBe(0.995)
  expect(statusAt(completed(), 60_000)).toEqual(completed())
})

test('times left count down to 0 in every other stage', () => {
  const queued = statusOf({ stage: 'queued', state: 'queued', progress: null, eta_s: 20, eta_range_s: [10, 30] })
  expect(statusAt(queued, 15_000)).toMatchObject({ eta_s: 5, eta_range_s: [0, 15] })
  expect(statusAt(statusOf({ stage: 'retrying', eta_s: null, eta_range_s: null, retry_in_s: 30 }), 10_000)).toMatchObject({ retry_in_s: 20 })
})

test.each([
  ['unknown', { progress: null }, null],
  ['without a speed', { speed: null }, 0.5],
  ['without a length', { duration_s: null }, 0.5],
  ['without a position', { position_s: null }, 0.5],
  ['of no length', { duration_s: 0 }, 0.5],
  ['of a session that waits to be tried again', { stage: 'retrying' }, 0.5],
  ['of one that failed', { state: 'failed' as const, stage: 'failed' }, 0.5],
  ['of a clock that went back', {}, 0.5],
])('progress %s stays as it is in the status', (_what, changes, expected) => {
  expect(statusAt({ ...HALF, ...changes }, Object.keys(changes).length === 0 ? -5_000 : 5_000).progress).toBe(expected)
})
