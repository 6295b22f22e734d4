import { expect, test } from 'vitest'
import { Line } from '../src/lib/line.ts'

const MIB = 1_048_576
const after = (run: (line: Line) => void) => {
  const line = new Line()
  run(line)
  return line.bytes / MIB
}

test('a request has 4 MiB at first, and then what the line takes in 10 s', () => {
  expect(after(() => {})).toBe(4)
  expect(after((line) => line.took(4 * MIB, 8_000))).toBe(5)
  expect(after((line) => line.took(4 * MIB, 20_000))).toBe(2)
})

test('never less than 1 MiB nor more than 32 MiB', () => {
  expect(after((line) => line.took(4 * MIB, 600_000))).toBe(1)
  expect(after((line) => line.took(4 * MIB, 0))).toBe(32)
})

test('a small last part does not count: most of its time is the way to and fro', () => {
  expect(after((line) => line.took(1_000, 500))).toBe(4)
})

test('half as much after a request was cut off', () => {
  expect(after((line) => line.cut())).toBe(2)
  expect(after((line) => [1, 2, 3, 4].forEach(() => line.cut()))).toBe(1)
})

test('what is too large for something on the way is not tried again', () => {
  const line = new Line()
  expect(line.refused()).toBe(true)
  line.took(2 * MIB, 100)
  expect(line.bytes).toBe(2 * MIB)
  expect([line.refused(), line.refused()]).toEqual([true, false])
})
