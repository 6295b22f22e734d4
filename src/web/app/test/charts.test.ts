import { expect, test } from 'vitest'
import type { Health } from '../src/api/health.ts'
import { CHARTS, drawn, isEmpty, lastStep, OVERVIEW, stepInWords, stepName, summaryOf } from '../src/lib/charts.ts'
import { count, evidence, milliseconds, percent, percentOfBad, span, times } from '../src/lib/quantities.ts'
import { COUNT, drawnAt, EVIDENCE, LAG, RATING, SHARE, SPEED, TIME } from '../src/lib/scales.ts'
import { partsOf } from '../src/lib/shares.ts'
import { healthOf, idleHealth } from './health.ts'

/** Three steps of a minute, of which the last is not over. */
function withSeries(series: Partial<Health['series']>): Health {
  const health = healthOf()
  return { ...health, at: [0, 60, 120], until: new Date(150_000).toISOString(), series: { ...health.series, ...series } }
}

test('a stack is drawn as sums, the highest first, with gaps where nothing was measured', () => {
  const chart = CHARTS.modes(
    withSeries({ seconds_stream: [10, null, 0], seconds_wait: [5, null, null], seconds_poll: [null, null, 2], seconds_none: [1, null, 0] }),
  )
  expect(drawn(chart)).toEqual([
    [30, 90, 150],
    [16, null, 2],
    [15, null, 2],
    [15, null, 0],
    [10, null, 0],
  ])
})

test('lines are drawn as they are, within the ends of their axis', () => {
  const chart = CHARTS.lag(withSeries({ lag_p50_ms: [0.2, null, 5], lag_p95_ms: [20, 30, 40], lag_p99_ms: [99, 50_000, 100] }))
  expect(drawn(chart)).toEqual([
    [30, 90, 150],
    [1, null, 5],
    [20, 30, 40],
    [99, 10_000, 100],
  ])
  expect(chart.goals).toEqual([{ value: 100, name: '100\u{A0}ms', paint: 'goal' }])
})

test('a goal is that of the check', () => {
  expect(CHARTS.uptime(healthOf()).goals).toEqual([{ value: 0.995, name: 'goal 99.5%', paint: 'goal' }])
  expect(CHARTS.uptime(healthOf({ checks: [] })).goals).toEqual([])
})

test('a step in words has each value with its unit, and says that it is not over', () => {
  const chart = CHARTS.speed(withSeries({ queue_depth: [1, 2, 3], speed: [5.25, null, 6] }))
  expect(stepInWords(chart, 1)).toMatch(/^.+: Files waiting 2, Speed \(× real time\) –$/)
  expect(stepName(chart, 2)).toMatch(/, so far$/)
  expect(stepName(chart, 9)).toBe('')
})

test('the summary has the lowest, the highest and the last value', () => {
  const chart = CHARTS.queue(withSeries({ queue_depth: [7, 0, null], running: [null, null, null] }))
  expect(summaryOf(chart)).toBe('Files waiting: lowest 0, highest 7, last 0.')
  expect(lastStep(chart)).toBe(1)
})

test('without any number a chart is empty, and says so', () => {
  for (const id of OVERVIEW) {
    const chart = CHARTS[id](idleHealth())
    expect([isEmpty(chart), summaryOf(chart)]).toEqual([true, 'No numbers in this range.'])
  }
})

test('every chart has as many values as steps in every range', () => {
  for (const range of ['now', 'hour', 'day', 'month'] as const) {
    for (const make of Object.values(CHARTS)) {
      const chart = make(healthOf({ range }))
      for (const row of drawn(chart)) expect(row).toHaveLength(chart.at.length)
      expect(chart.tick(chart.at[0] ?? 0)).not.toBe('')
    }
  }
})

test.each([
  ['counts', COUNT, [0, 7], [0, 8], [0, 2, 4, 6, 8]],
  ['large counts', COUNT, [300, 41_000], [0, 60_000], [0, 20_000, 40_000, 60_000]],
  ['nothing', COUNT, [null, null], [0, 4], [0, 1, 2, 3, 4]],
  ['times', TIME, [0, 1_500], [0, 1_800], [0, 600, 1_200, 1_800]],
  ['days', TIME, [0, 500_000], [0, 518_400], [0, 172_800, 345_600, 518_400]],
  ['speeds', SPEED, [0.2, 0.7], [0, 1], [0, 0.5, 1]],
  ['high shares', SHARE, [0.97, 1], [0.9, 1.0025], [0.9, 0.95, 1]],
  ['low shares', SHARE, [0.31, 0.9], [0.3, 1.0175], [0.3, 0.55, 0.8]],
  ['ratings', RATING, [2, 3], [1, 5.1], [1, 2, 3, 4, 5]],
  ['evidence', EVIDENCE, [-0.4, 3.9], [-1, 5], [0, 2, 4]],
  ['lags', LAG, [20, 90], [1, 10_000], [1, 10, 100, 1_000, 10_000]],
] as const)('the axis of %s has round ticks', (_, scale, [min, max], ends, ticks) => {
  const [from, to] = scale.ends(min, max)
  const rounded = (numbers: readonly number[]) => numbers.map((n) => Number(n.toFixed(6)))
  expect(rounded([from, to])).toEqual(ends)
  expect(rounded(scale.ticks(from, to))).toEqual(ticks)
})

test('only an axis with limits moves a value', () => {
  expect([drawnAt(COUNT, 0), drawnAt(COUNT, null), drawnAt(LAG, 0), drawnAt(LAG, null), drawnAt(EVIDENCE, -40)]).toEqual([0, null, 1, null, -1])
})

test.each([
  [percent(0.99999), '99.99%'],
  [percent(0.29), '29%'],
  [percent(1), '100%'],
  [percentOfBad(0.000001), '0.01%'],
  [percentOfBad(0.01), '1%'],
  [percentOfBad(0), '0%'],
  [milliseconds(84.4), '84\u{A0}ms'],
  [milliseconds(1_240), '1.2\u{A0}s'],
  [milliseconds(999.9), '1\u{A0}s'],
  [span(0), '0\u{A0}s'],
  [span(330), '6\u{A0}min'],
  [count(2.44), '2.4'],
  [count(1_204.4), '1,204'],
  [times(5.25), '5.3×'],
  [evidence(3), '1,000'],
  [evidence(-0.4), '0.4'],
  [evidence(-30), '<0.1'],
  [evidence(9), '>1,000,000'],
])('a quantity is written with its unit: %s', (written, wanted) => {
  expect(written).toBe(wanted)
})

test('errors of the server come before those of clients', () => {
  const errors = [
    { route: '/a', status: '4xx', count: 9 },
    { route: '/b', status: '5xx', count: 1 },
  ]
  expect(partsOf('errors', { ...healthOf().shares, errors }).map(({ name }) => name)).toEqual(['/b · 5xx', '/a · 4xx'])
})

test('parts are named, largest first, and the smallest are joined', () => {
  const errors = Array.from({ length: 11 }, (_, n) => ({ route: `/r${n}`, status: '5xx', count: n }))
  const parts = partsOf('errors', { ...healthOf().shares, errors })
  expect(parts).toHaveLength(9)
  expect([parts[0]?.name, parts[0]?.size, parts.at(-1)?.name, parts.at(-1)?.size]).toEqual(['/r10 · 5xx', '10', 'and 2 others', '3'])
  expect(parts.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1)
})

test('a reason without words is shown as it is', () => {
  const shares = { ...healthOf().shares, ended: [{ reason: 'new_reason', count: 1 }], transport: [{ mode: 'carrier', reason: 'flag_on', count: 1 }] }
  expect(partsOf('ended', shares)[0]?.name).toBe('new_reason')
  expect(partsOf('transport', shares)[0]?.name).toBe('carrier: allowed')
})
