import { expect, test } from 'vitest'
import { progressAt } from '../src/index.ts'
import { completed, statusOf } from '../src/testing/index.ts'

const HALF = statusOf({ progress: 0.5, position_s: 300, duration_s: 600, speed: 6 })

test('progress is carried forward by the speed', () => {
  expect([0, 1_000, 2_500].map((age) => progressAt(HALF, age))).toEqual([0.5, 0.51, 0.525])
})

test('by no more than one window, or an engine that hangs would seem to go on', () => {
  expect(progressAt(HALF, 5_000)).toBeCloseTo(0.55)
  expect(progressAt(HALF, 3_600_000)).toBeCloseTo(0.55)
})

test('it is not 1 before the session is completed', () => {
  const late = statusOf({ progress: 0.985, position_s: 591, duration_s: 600, speed: 20 })
  expect(progressAt(late, 60_000)).toBe(0.99)
  expect(progressAt(statusOf({ ...late, progress: 0.995 }), 60_000)).toBe(0.995)
  expect(progressAt(completed(), 0)).toBe(1)
})

test.each([
  ['unknown', { progress: null }, null],
  ['without a speed', { speed: null }, 0.5],
  ['without a length', { duration_s: null }, 0.5],
  ['without a position', { position_s: null }, 0.5],
  ['of no length', { duration_s: 0 }, 0.5],
  ['while it waits to be tried again', { stage: 'retrying' }, 0.5],
  ['after it failed', { state: 'failed' as const, stage: 'failed' }, 0.5],
  ['with a clock that went back', {}, 0.5],
])('what is %s stays as it was said', (_what, changes, expected) => {
  expect(progressAt({ ...HALF, ...changes }, Object.keys(changes).length === 0 ? -5_000 : 5_000)).toBe(expected)
})
