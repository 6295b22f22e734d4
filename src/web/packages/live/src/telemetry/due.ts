import { harmsOf, hasNews } from './sums.ts'
import { FIRST_REPORT_MS, REPORT_MS } from './timing.ts'
import type { Watch } from './watch.ts'

/** What the server wants of this person: all reports, those with harms, or none. Another word is all. */
export type Wanted = 'all' | 'harms' | 'off'

/** When reports were sent, and what is reported at once when it comes first that they had. */
export interface Sent {
  readonly at: number | undefined
  readonly firsts: ReadonlySet<string>
}

/** What is reported at once when it comes first: harms, and that the path delivers, whereupon the answer sets the clock. */
export function firstsOf({ sums }: Watch, wanted: Wanted): readonly string[] {
  return [...harmsOf(sums), ...(sums.counts.proven > 0 && wanted === 'all' ? ['proven'] : [])]
}

/**
 * Whether a report is sent now.
 *
 * @param moment - `last` if there may be no other, as before a page is hidden; `hidden` after that.
 */
export function isDue(watch: Watch, sent: Sent, now: number, moment: 'last' | 'hidden' | 'usual', wanted: Wanted): boolean {
  if (wanted === 'off' || moment === 'hidden' || !hasNews(watch.sums)) return false
  if (firstsOf(watch, wanted).some((first) => !sent.firsts.has(first))) return true
  if (wanted === 'harms') return moment === 'last' && harmsOf(watch.sums).length > 0
  if (moment === 'last') return true
  const firstAt = watch.time.startedAt + FIRST_REPORT_MS
  return now >= (sent.at === undefined || sent.at < firstAt ? firstAt : sent.at + REPORT_MS)
}
