import type { Totals } from '../api/health.ts'
import type { QuantilesName } from '../lib/checks.ts'
import { count, milliseconds } from '../lib/quantities.ts'
import { healthStrings } from '../strings/health.ts'
import styles from './HealthShares.module.css'

const words = healthStrings.quantiles
const COLUMNS = ['p50', 'p95', 'p99'] as const

/** How long things took over the whole range. */
export function HealthQuantiles({ names, totals }: { names: readonly QuantilesName[]; totals: Totals }) {
  return (
    <table className={styles.shares} data-plain>
      <caption>{words.title}</caption>
      <thead>
        <tr>
          <th scope="col">
            <span className="visually-hidden">{words.columns.what}</span>
          </th>
          {COLUMNS.map((column) => (
            <th key={column} scope="col">
              {words.columns[column]}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {names.map((name) => (
          <tr key={name}>
            <th scope="row">
              {words.names[name]} <span className={styles.soft}>{words.count(count(totals[name].count))}</span>
            </th>
            {COLUMNS.map((column) => (
              <td key={column}>{writtenOf(totals[name][column])}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}

const writtenOf = (ms: number | null) => (ms === null ? healthStrings.checks.nothing : milliseconds(ms))
