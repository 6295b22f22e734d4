import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { LAG_EDGES_MS, NO_LAGS, joinLags, withLag } from '../../src/telemetry/lag.ts'
import { lags } from './reporting.ts'

const OBSERVER = new URL('../../../../../playhead/live/observer.py', import.meta.url)

test("the buckets are those of the server's histograms", () => {
  const edges = /^LAG_EDGES = \(([^)]+)\)/m.exec(readFileSync(OBSERVER, 'utf8'))?.[1] ?? ''
  expect(edges.split(',').map((edge) => Math.round(Number(edge) * 1_000))).toEqual([...LAG_EDGES_MS])
})

test.each([
  [-5, 0, 0],
  [0, 0, 0],
  [1, 0, 1],
  [1.5, 1, 1.5],
  [100, 7, 100],
  [100.1, 8, 100.1],
  [300, 10, 300],
  [10_000, 14, 10_000],
  [10_001, 15, 10_001],
])('a lag of %d ms is counted in bucket %d', (ms, bucket, sum) => {
  expect(withLag(NO_LAGS, ms)).toEqual(lags({ [bucket]: 1 }, sum))
})

test('histograms add up', () => {
  const a = withLag(withLag(NO_LAGS, 3), 300)
  expect(joinLags(a, withLag(NO_LAGS, 4))).toEqual(lags({ 2: 2, 10: 1 }, 307))
})
