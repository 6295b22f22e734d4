import type { Check, Health, Shares, Totals } from '../api/health.ts'
import { healthStrings } from '../strings/health.ts'
import type { ChartId } from './charts.ts'
import { count, percent, percentOfBad, type Quantity, rating, span } from './quantities.ts'

const words = healthStrings.checks

export type LinkName = keyof typeof words.links
export type QuantilesName = 'lag_ms' | 'write_ms' | 'establish_ms' | 'first_event_ms' | 'first_data_ms' | 'final_ms'

/** What explains a check, and where one acts on it. */
interface Explained {
  readonly write: Quantity
  readonly goal: (goal: number) => string
  readonly charts: readonly ChartId[]
  readonly shares: readonly (keyof Shares)[]
  readonly quantiles: readonly (QuantilesName & keyof Totals)[]
  readonly links: readonly LinkName[]
}

const atLeast = (write: Quantity) => ({ write, goal: (goal: number) => words.goal(write(goal)) })
const atMost = (write: Quantity) => ({ write, goal: (goal: number) => (goal === 0 ? words.none : words.atMost(write(goal))) })

const EXPLAINED: Readonly<Record<string, Explained>> = {
  uptime: { ...atLeast(percent), charts: ['uptime', 'open'], shares: ['fallbacks', 'harms', 'transport'], quantiles: [], links: ['paths', 'person'] },
  lag: { ...atLeast(percent), charts: ['lag', 'write'], shares: ['harms', 'modes'], quantiles: ['lag_ms', 'write_ms'], links: ['paths'] },
  established: {
    ...atLeast(percent),
    charts: ['establish', 'open'],
    shares: ['ended', 'transport'],
    quantiles: ['establish_ms', 'first_event_ms', 'first_data_ms'],
    links: ['paths', 'person'],
  },
  finals: { ...atLeast(percent), charts: ['lag', 'write'], shares: ['harms', 'modes'], quantiles: ['final_ms'], links: ['paths', 'ready'] },
  jobs: { ...atLeast(percent), charts: ['failed', 'queue'], shares: ['failures'], quantiles: [], links: [] },
  queue: { ...atMost(span), charts: ['oldest', 'queue'], shares: [], quantiles: [], links: [] },
  errors: { ...atMost(percentOfBad), charts: ['requests'], shares: ['errors'], quantiles: [], links: ['ready'] },
  publishing: { ...atMost(count), charts: ['write'], shares: [], quantiles: ['write_ms'], links: ['ready'] },
  flags: { ...atMost(span), charts: ['open'], shares: ['transport'], quantiles: [], links: ['flags', 'ready', 'person'] },
  people: { ...atLeast(rating), charts: ['rating', 'modes'], shares: ['harms', 'modes'], quantiles: [], links: ['feedback'] },
}

/** A check that this page has no words for yet is shown by its id and number. */
const UNEXPLAINED: Explained = { ...atLeast(count), charts: [], shares: [], quantiles: [], links: [] }

export const explained = ({ id }: Pick<Check, 'id'>): Explained => EXPLAINED[id] ?? UNEXPLAINED

export const nameOf = ({ id }: Pick<Check, 'id'>) => words.names[id] ?? id

/** The number of a check: a dash where there is none. */
export const valueOf = (check: Check) => (check.value === null ? words.nothing : explained(check).write(check.value))

export const goalOf = (check: Check) => explained(check).goal(check.goal)

const needsLook = ({ state }: Check) => state === 'warn' || state === 'bad'

/** The health of the site in a sentence, a second one, and the check that it is about if there is one. */
export function verdictOf({ state, checks, range }: Health): { readonly sentence: string; readonly detail: string; readonly check?: Check } {
  const { verdict, inRange } = healthStrings
  const [worst, ...others] = checks.filter(needsLook)
  if (worst !== undefined && (state === 'warn' || state === 'bad')) {
    const numbers = `${valueOf(worst)} ${words.what[worst.id] ?? ''} · ${goalOf(worst)}.`
    return {
      sentence: words.trouble[worst.id] ?? words.troubleOf(worst.id),
      detail: others.length === 0 ? numbers : `${numbers} ${verdict.more(others.length)}`,
      check: worst,
    }
  }
  const judged = checks.filter((check) => check.state === 'well').length
  if (state === 'quiet' || judged === 0) return { sentence: verdict.quiet, detail: verdict.noneJudged(inRange[range]) }
  return { sentence: verdict.well, detail: verdict.allMet(judged) }
}

/** Whether there is nothing to draw: nobody watched, and nothing was transcribed or rated. */
export function isIdle({ totals }: Health): boolean {
  const { watches, watched_s, streams_opened, completed, failed, rating: rated } = totals
  return watches + watched_s + streams_opened + completed + failed + rated.count === 0
}
