import type { Health, SeriesName, Values } from '../api/health.ts'
import { healthStrings } from '../strings/health.ts'
import type { Rows } from './plot.ts'
import { momentOf, type Quantity, tickOf } from './quantities.ts'
import { COUNT, LAG, RATING, type Scale, SHARE, SPEED, TIME, drawnAt } from './scales.ts'

const words = healthStrings.charts

/** A colour with its dash or pattern, so that lines differ without colours as well. */
export const LOOKS = ['first', 'second', 'third', 'fourth'] as const
export type Look = (typeof LOOKS)[number]

/** What it means to cross it: a goal is missed; it is doubted; it is certain. */
export const GOAL_PAINTS = ['goal', 'doubt', 'certain'] as const
export type GoalPaint = (typeof GOAL_PAINTS)[number]

export interface Line {
  readonly name: string
  readonly look: Look
  readonly values: Values
  readonly write: Quantity
  /** By the axis on the right, which has another unit. */
  readonly isRight?: boolean
}

export interface Chart {
  readonly id: string
  readonly title: string
  /** What it shows, where the title does not. */
  readonly note?: string | undefined
  /** What is said in the place of numbers; that there are none in the range, unless told otherwise. */
  readonly empty?: string
  readonly kind: 'lines' | 'stack'
  readonly lines: readonly Line[]
  readonly left: Scale
  readonly right?: Scale
  /** Lines that the others should stay below, or above. */
  readonly goals: readonly { readonly value: number; readonly name: string; readonly paint: GoalPaint }[]
  readonly at: readonly number[]
  /** How the axis of time writes a moment, in seconds since 1970. */
  readonly tick: Quantity
  readonly stepS: number
  /** When the numbers were read, in seconds since 1970: the step that it is in is not over. */
  readonly until: number
}

type Make = (health: Health) => Chart

/** What is promised, in ms. */
const PROMISED_MS = 100

/** Every chart by its id: what is drawn is taken from here, on the overview and in a check. */
export const CHARTS = {
  modes: seriesChart('modes', TIME, [
    ['seconds_stream', 'first'],
    ['seconds_wait', 'second'],
    ['seconds_poll', 'third'],
    ['seconds_none', 'fourth'],
  ]),
  lag: percentiles('lag'),
  write: percentiles('write'),
  establish: percentiles('establish', false),
  uptime: seriesChart('uptime', SHARE, [['uptime', 'first']], { check: 'uptime' }),
  queue: seriesChart('queue', COUNT, [
    ['queue_depth', 'first'],
    ['running', 'second'],
  ]),
  speed: seriesChart('speed', COUNT, [
    ['queue_depth', 'first'],
    ['speed', 'second', SPEED],
  ]),
  oldest: seriesChart('oldest', TIME, [['queue_oldest_s', 'first']], { check: 'queue' }),
  open: seriesChart('open', COUNT, [
    ['streams_open', 'first'],
    ['waits_open', 'second'],
    ['people', 'third'],
  ]),
  requests: seriesChart('requests', COUNT, [
    ['requests', 'first'],
    ['errors_5xx', 'second'],
  ]),
  failed: seriesChart('failed', COUNT, [['jobs_failed', 'first']]),
  rating: seriesChart('rating', RATING, [['rating', 'first']]),
} as const satisfies Readonly<Record<string, Make>>

export type ChartId = keyof typeof CHARTS

/** What adds up over a step is drawn as bars, one on the other; what is measured in a moment as lines. */
const SUMS: ReadonlySet<string> = new Set(['modes', 'failed'])

type Wanted = readonly [series: SeriesName, look: Look, right?: Scale]
/** The goal of a check, or a value by itself. */
interface Goal {
  readonly check?: string
  readonly value?: number
}

function seriesChart(id: keyof typeof words.names, left: Scale, wanted: readonly Wanted[], goal: Goal = {}): Make {
  return (health) => {
    const right = wanted.find((one) => one[2] !== undefined)?.[2]
    const value = goal.value ?? health.checks.find((one) => one.id === goal.check)?.goal
    return {
      id,
      title: words.names[id],
      note: words.notes[id]?.(health),
      kind: SUMS.has(id) ? 'stack' : 'lines',
      lines: wanted.map(([series, look, scale]) => ({
        name: words.lines[series],
        look,
        values: health.series[series],
        write: (scale ?? left).write,
        isRight: scale !== undefined,
      })),
      left,
      ...(right === undefined ? {} : { right }),
      goals: value === undefined ? [] : [{ value, name: goal.check === undefined ? left.write(value) : words.goal(left.write(value)), paint: 'goal' }],
      at: health.at,
      tick: (moment) => tickOf(moment, health.step_s * health.at.length),
      stepS: health.step_s,
      until: Date.parse(health.until) / 1_000,
    }
  }
}

function percentiles(id: 'lag' | 'write' | 'establish', isPromised = true): Make {
  const wanted = [
    [`${id}_p50_ms`, 'first'],
    [`${id}_p95_ms`, 'second'],
    [`${id}_p99_ms`, 'third'],
  ] as const
  return seriesChart(id, LAG, wanted, isPromised ? { value: PROMISED_MS } : {})
}

/** What is drawn: the middle of each step, then a row for each line; of a stack the sums, the highest first. */
export function drawn({ kind, lines, left, right, at, stepS }: Chart): Rows {
  const middles = at.map((start) => start + stepS / 2)
  if (kind === 'lines') {
    return [middles, ...lines.map(({ values, isRight }) => values.map((value) => drawnAt((isRight === true ? right : left) ?? left, value)))]
  }
  const sums: (number | null)[][] = []
  for (const { values } of lines) {
    const below = sums.at(-1)
    sums.push(values.map((value, step) => sumOf(below?.[step] ?? null, value)))
  }
  return [middles, ...sums.toReversed()]
}

/** Nothing and nothing is nothing, and not 0. */
const sumOf = (a: number | null, b: number | null) => (a === null && b === null ? null : (a ?? 0) + (b ?? 0))

/** The step that is shown where none is pointed at: the last with a value. */
export function lastStep({ lines, at }: Chart): number {
  return Math.max(0, at.findLastIndex((_, step) => lines.some(({ values }) => typeof values[step] === 'number')))
}

/** When a step began, and that it is not over if it is not. */
export function stepName({ at, stepS, until }: Chart, step: number): string {
  const start = at[step]
  if (start === undefined) return ''
  const moment = momentOf(start, stepS, at.length)
  return start + stepS > until ? words.soFar(moment) : moment
}

/** A value in words. */
export function valueOf(line: Line, step: number): string {
  const value = line.values[step]
  return typeof value === 'number' ? line.write(value) : words.nothing
}

/** A step in one sentence: what is read out at a place of the chart. */
export function stepInWords(chart: Chart, step: number): string {
  return words.step(
    stepName(chart, step),
    chart.lines.map((line) => words.value(line.name, valueOf(line, step))),
  )
}

/** The whole chart in one sentence. */
export function summaryOf(chart: Chart): string {
  const parts = chart.lines.flatMap((line) => {
    const values = line.values.filter((value) => value !== null)
    const last = values.at(-1)
    if (last === undefined) return []
    const [low, high] = [Math.min(...values), Math.max(...values)]
    return [words.summary(line.name, line.write(low), line.write(high), line.write(last))]
  })
  return parts.length === 0 ? (chart.empty ?? words.empty) : parts.join(' ')
}

export const isEmpty = ({ lines }: Chart) => lines.every(({ values }) => values.every((value) => value === null))

/** What goes on in the overview of a range. */
export const OVERVIEW: readonly ChartId[] = ['modes', 'lag', 'speed', 'rating']
