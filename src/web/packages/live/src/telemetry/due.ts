import { harmsOf, hasNews } from './sums.ts'
import { FIRST_REPORT_MS, REPORT_MS } from './timing.ts'
import type { Watch } from './watch.ts'

/** What the server wants of this person: all reports, those with harms, or none. Another word is all. */
export type Wanted = 'all' | 'harms' | 'off'

/** When reports were sent, and the harms that they had. */
export interface Sent {
  readonly at: number | undefined
  readonly harms: ReadonlySet<string>
}

/**
 * Whether a report is sent now.
 *
 * @param moment - `last` if there may be no other, as before a page is hidden; `hidden` after that.
 */
export function isDue(watch: Watch, sent: Sent, now: number, moment: 'last' | 'hidden' | 'usual', wanted: Wanted): boolean {
  if (wanted === 'off' || moment === 'hidden' || !hasNews(watch.sums)) return false
  const found = harmsOf(watch.sums)
  if (found.some((harm) => !sent.harms.has(harm))) return true
  if (wanted === 'harms') return moment === 'last' && found.length > 0
  if (moment === 'last') return true
  return sent.at === undefined ? now - watch.time.startedAt >= FIRST_REPORT_MS : now - sent.at >= REPORT_MS
}
