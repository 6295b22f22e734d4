import type { Connection } from '../machine/connection.ts'
import { type Lags, NO_LAGS, joinLags } from './lag.ts'
import { LATE_FINAL_MS, NO_DATA_MS } from './timing.ts'

export type Mode = Connection['mode']

/** Watched time, and the part of it in which the data were fresh, in ms. */
export type Span = readonly [watchedMs: number, freshMs: number]

/** What is counted. */
export const KINDS = [
  'proven',
  'mutes',
  'stalls',
  'proven_by_ticket',
  'mutes_by_ticket',
  'stalls_by_ticket',
  'gaps',
  'reconnects',
  'fallbacks',
  'held',
  'page_errors',
] as const
export type Kind = (typeof KINDS)[number]

/** What a page measured since its last report. */
export interface Sums {
  readonly spans: Readonly<Partial<Record<Mode, Span>>>
  /** The part of it in which the server allowed streams. */
  readonly allowed: Span
  readonly lags: Readonly<Partial<Record<Mode, Lags>>>
  readonly counts: Readonly<Record<Kind, number>>
  /** The oldest that the data became. */
  readonly maxAgeMs: number
  /** Why polling became the fallback. */
  readonly reason?: string | undefined
  readonly connectMs?: number | undefined
  readonly firstDataMs?: number | undefined
  readonly finalLagMs?: number | undefined
}

const NOTHING: Span = [0, 0]

export const NO_SUMS: Sums = {
  spans: {},
  allowed: NOTHING,
  lags: {},
  counts: Object.fromEntries(KINDS.map((kind) => [kind, 0])) as Record<Kind, number>,
  maxAgeMs: 0,
}

export function addSpan(a: Span = NOTHING, b: Span = NOTHING): Span {
  return [a[0] + b[0], a[1] + b[1]]
}

export function count(sums: Sums, kind: Kind, more = 1): Sums {
  return more === 0 ? sums : { ...sums, counts: { ...sums.counts, [kind]: sums.counts[kind] + more } }
}

/** Adds what a report that was lost had to what came after it. */
export function joinSums(lost: Sums, later: Sums): Sums {
  return {
    ...lost,
    ...defined(later),
    spans: joinBy(lost.spans, later.spans, addSpan),
    allowed: addSpan(lost.allowed, later.allowed),
    lags: joinBy(lost.lags, later.lags, (a = NO_LAGS, b = NO_LAGS) => joinLags(a, b)),
    counts: joinBy(lost.counts, later.counts, (a = 0, b = 0) => a + b) as Sums['counts'],
    maxAgeMs: Math.max(lost.maxAgeMs, later.maxAgeMs),
  }
}

function defined<T extends object>(of: T): Partial<T> {
  return Object.fromEntries(Object.entries(of).filter(([, value]) => value !== undefined)) as Partial<T>
}

function joinBy<K extends string, V>(a: Readonly<Partial<Record<K, V>>>, b: Readonly<Partial<Record<K, V>>>, join: (a?: V, b?: V) => V) {
  const keys = Object.keys({ ...a, ...b }) as K[]
  return Object.fromEntries(keys.map((key) => [key, join(a[key], b[key])])) as Partial<Record<K, V>>
}

/** The harms that the sums have. The server judges; these decide when a report is sent. */
export function harmsOf({ counts, firstDataMs = 0, finalLagMs = 0 }: Sums): readonly string[] {
  const found = (['mutes', 'stalls', 'fallbacks', 'held', 'page_errors'] as const).filter((kind) => counts[kind] > 0)
  return [...found, ...(firstDataMs >= NO_DATA_MS ? ['no_data'] : []), ...(finalLagMs > LATE_FINAL_MS ? ['late_final'] : [])]
}

/** Whether there is anything to report. */
export function hasNews({ spans, counts, firstDataMs, finalLagMs }: Sums): boolean {
  const times = Object.values(spans).flat()
  return [...times, ...Object.values(counts)].some((value) => value > 0) || firstDataMs !== undefined || finalLagMs !== undefined
}
