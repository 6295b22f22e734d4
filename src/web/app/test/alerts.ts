import { readFileSync } from 'node:fs'
import type { Alerts, Incident } from '../src/api/alerts.ts'

// The example is shared with the server's tests.
const EXAMPLE = readFileSync(`${import.meta.dirname}/../../../../tests/contract/wire/alerts.json`, 'utf8')

/** What the server answers while two incidents are open. */
export const badAlerts = (): Alerts => JSON.parse(EXAMPLE)

/** What it answers while nothing is wrong, and nothing was. */
export function calmAlerts(changes: Partial<Alerts> = {}): Alerts {
  const bad = badAlerts()
  const alerts = bad.alerts.map((alert) => ({ ...alert, state: 'inactive' as const, since: null }))
  return { ...bad, open: [], history: [], alerts, ...changes }
}

/** So many incidents that are over. */
export function past(n: number): readonly Incident[] {
  const [one] = badAlerts().history
  if (one === undefined) throw new Error('the example has no history')
  return Array.from({ length: n }, (_, i) => ({ ...one, id: 100 - i, summary: `Incident ${i + 1}` }))
}
