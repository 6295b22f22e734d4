import { count, EVIDENCE_ENDS, evidence, milliseconds, percent, type Quantity, rating, span, times } from './quantities.ts'

/** How one axis goes: from where to where, with ticks at which numbers, written how. */
export interface Scale {
  /** The ends for data between these; neither is given where there is none. */
  readonly ends: (min: number | null, max: number | null) => readonly [number, number]
  readonly ticks: (from: number, to: number) => readonly number[]
  readonly write: Quantity
  /** By powers of ten. */
  readonly isLogarithmic?: boolean
  /** What is beyond is drawn at the end. */
  readonly limits?: readonly [number, number]
}

/** About so many ticks: more would be a wall on 180 pixels. */
const TICKS = 4
/** Lengths of time that people count in, in seconds. */
const TIMES_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 28_800, 86_400]

/** A step of 1, 2 or 5 times a power of ten, so that a few reach the end. */
function stepTo(end: number, least: number): number {
  const rough = Math.max(least, end / TICKS)
  const power = 10 ** Math.floor(Math.log10(rough) + 1e-9)
  return power * ([1, 2, 5].find((factor) => factor * power >= rough * (1 - 1e-9)) ?? 10)
}

function timeStepTo(end: number): number {
  return TIMES_S.find((step) => step * TICKS >= end) ?? stepTo(end / 86_400, 1) * 86_400
}

const multiples = (step: number, from: number, to: number) =>
  Array.from({ length: Math.floor((to - from) / step + 1e-6) + 1 }, (_, n) => from + n * step)

function fromZero(stepOf: (end: number) => number, least: number, write: Quantity): Scale {
  return {
    ends: (_, max) => {
      const end = Math.max(least, max ?? 0)
      const step = stepOf(end)
      return [0, Math.ceil(end / step - 1e-9) * step]
    },
    ticks: (_, to) => multiples(stepOf(to), 0, to),
    write,
  }
}

/** Leaves room above the best that can be, or a line there would be cut in half. */
const aboveBest = (from: number, best: number) => [from, best + (best - from) / 40] as const

/** The whole of what is watched is fresh on most days: below this the axis is longer. */
const SHARE_FROM = 0.9

/** A share that is near the whole. */
export const SHARE: Scale = {
  ends: (min) => aboveBest(Math.min(SHARE_FROM, Math.floor((min ?? 1) * 10) / 10), 1),
  ticks: (from) => multiples(from >= 0.8 ? 0.05 : from >= 0.5 ? 0.1 : 0.25, from, 1),
  write: percent,
}

const LAG_ENDS_MS = [1, 10_000] as const

/** From 1 ms to 10 s, always: the line at 100 ms is in the middle, and what is below it is well. */
export const LAG: Scale = {
  ends: () => LAG_ENDS_MS,
  ticks: () => [1, 10, 100, 1_000, 10_000],
  write: milliseconds,
  isLogarithmic: true,
  limits: LAG_ENDS_MS,
}

export const COUNT: Scale = fromZero((end) => stepTo(end, 1), 4, count)
export const TIME: Scale = fromZero(timeStepTo, 4, span)
export const SPEED: Scale = fromZero((end) => stepTo(end, 0.1), 1, times)
export const RATING: Scale = { ends: () => aboveBest(1, 5), ticks: () => [1, 2, 3, 4, 5], write: rating }

/** The roll-back lines are above it: they are 1,000 divided by the weight of a harm. */
const EVIDENCE_TO = 4

/** Evidence by its logarithm to the base of ten: 3 is written 1,000. */
export const EVIDENCE: Scale = {
  ends: (_, max) => [EVIDENCE_ENDS[0], Math.min(EVIDENCE_ENDS[1], Math.max(EVIDENCE_TO, Math.ceil((max ?? 0) + 0.2)))],
  ticks: (from, to) => multiples(to - from > 5 ? 2 : 1, Math.ceil(from / 2) * 2, to),
  write: evidence,
  limits: EVIDENCE_ENDS,
}

/** Where a value is drawn. */
export function drawnAt({ limits }: Scale, value: number | null): number | null {
  if (value === null || limits === undefined) return value
  return Math.min(limits[1], Math.max(limits[0], value))
}
