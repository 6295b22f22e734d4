import { useId } from 'react'
import type { Totals } from '../api/health.ts'
import type { QuantilesName } from '../lib/checks.ts'
import { count, milliseconds } from '../lib/quantities.ts'
import { healthStrings } from '../strings/health.ts'
import styles from './HealthShares.module.css'

const words = healthStrings.quantiles
const COLUMNS = ['p50', 'p95', 'p99'] as const

/** How long things took over the whole range. */
export function HealthQuantiles({ names, totals }: { names: readonly QuantilesName[]; totals: Totals }) {
  const id = useId()
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- What scrolls is reached by the keyboard.
    <div className={styles.scroller} role="region" aria-labelledby={id} tabIndex={0}>
      <table className={styles.shares} data-plain>
      <caption id={id}>{words.title}</caption>
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
    </div>
  )
}

const writtenOf = (ms: number | null) => (ms === null ? healthStrings.checks.nothing : milliseconds(ms))
