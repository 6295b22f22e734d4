import { expect, test } from 'vitest'
import { spokenAt } from '../src/lib/spoken.ts'

const SEGMENTS = [
  { index: 0, start_s: 1, end_s: 4, text: 'a' },
  { index: 1, start_s: 6, end_s: 9, text: 'b' },
  { index: 2, start_s: 9, end_s: 12, text: 'c' },
]

test('a line is heard from its start to the start of the next, pauses included', () => {
  expect([1, 3.9, 5, 6, 8.9, 9, 11.9].map((second) => spokenAt(SEGMENTS, second))).toEqual([0, 0, 0, 1, 1, 2, 2])
})

test('before the first line and after the last no line is heard', () => {
  expect([0, 0.9, 12, 999].map((second) => spokenAt(SEGMENTS, second))).toEqual([undefined, undefined, undefined, undefined])
  expect(spokenAt([], 3)).toBeUndefined()
})
