import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { get } from './http.ts'

export const RANGES = ['now', 'hour', 'day', 'month'] as const
/** How far back is looked: 10 minutes, an hour, a day, 30 days. */
export type Range = (typeof RANGES)[number]

/** `quiet`: too little happened to judge. */
export type State = 'well' | 'warn' | 'bad' | 'quiet'

/** What is judged, with its goal: a share, seconds, a number or a mean, by its id. */
export interface Check {
  readonly id: string
  readonly state: State
  readonly value: number | null
  readonly goal: number
  /** Of how many the value is. */
  readonly count: number
}

/** What goes on in this moment; null where no process reports it. */
export type Now = Readonly<
  Record<'streams_open' | 'waits_open' | 'people' | 'queue_depth' | 'queue_oldest_s' | 'running' | 'flags_age_s', number | null>
>

export interface Quantiles {
  readonly p50: number | null
  readonly p95: number | null
  readonly p99: number | null
  readonly count: number
}

export interface Totals {
  readonly watches: number
  readonly watched_s: number
  readonly uptime: number | null
  readonly streams_opened: number
  readonly requests: number
  readonly requests_saved: number
  readonly bytes_saved: number
  readonly lag_ms: Quantiles & { readonly within_100_ms: number | null }
  readonly write_ms: Quantiles
  readonly establish_ms: Quantiles
  readonly first_event_ms: Quantiles
  readonly first_data_ms: Quantiles
  readonly final_ms: Quantiles
  readonly speed: number | null
  readonly audio_s: number
  readonly completed: number
  readonly failed: number
  readonly rating: { readonly mean: number | null; readonly count: number }
}

/** What there was, by why or how. */
export interface Shares {
  readonly modes: readonly { readonly mode: string; readonly seconds: number }[]
  readonly transport: readonly { readonly mode: string; readonly reason: string; readonly count: number }[]
  readonly ended: readonly { readonly reason: string; readonly count: number }[]
  readonly fallbacks: readonly { readonly reason: string; readonly count: number }[]
  readonly harms: readonly { readonly harm: string; readonly count: number }[]
  readonly failures: readonly { readonly by: string; readonly count: number }[]
  readonly errors: readonly { readonly route: string; readonly status: string; readonly count: number }[]
}

type Percentiles<Name extends string> = `${Name}_p50_ms` | `${Name}_p95_ms` | `${Name}_p99_ms`
export type SeriesName =
  | Percentiles<'lag' | 'write' | 'establish'>
  | `seconds_${'stream' | 'wait' | 'poll' | 'none'}`
  | 'streams_open'
  | 'waits_open'
  | 'people'
  | 'uptime'
  | 'requests'
  | 'requests_saved'
  | 'bytes_saved'
  | 'errors_5xx'
  | 'jobs_failed'
  | 'speed'
  | 'queue_depth'
  | 'queue_oldest_s'
  | 'running'
  | 'rating'

/** Numbers by step; null where there were none. */
export type Values = readonly (number | null)[]

/** How the site does, summed over all processes. */
export interface Health {
  readonly range: Range
  readonly from: string
  readonly until: string
  readonly step_s: number
  /** How many report. */
  readonly processes: { readonly web: number; readonly worker: number }
  readonly state: State
  /** The most urgent first. */
  readonly checks: readonly Check[]
  readonly now: Now
  readonly totals: Totals
  readonly shares: Shares
  /** The start of each step, in seconds since 1970. */
  readonly at: readonly number[]
  readonly series: Readonly<Record<SeriesName, Values>>
}

/** Processes write their numbers every 10 s. */
const AGAIN_MS = 10_000

/** The health of the site over a range, read again while the page is seen. */
export function useHealth(range: Range) {
  return useQuery({
    queryKey: ['health', range],
    queryFn: ({ signal }) => get<Health>(`/admin/health?range=${range}`, signal),
    refetchInterval: AGAIN_MS,
    // Another range takes the place of what is shown, and not of the whole page.
    placeholderData: keepPreviousData,
  })
}
