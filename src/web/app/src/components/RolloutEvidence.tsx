import { useId } from 'react'
import type { Rollout, Watched } from '../api/rollout.ts'
import { chartsOf } from '../lib/rolloutCharts.ts'
import { rolloutStrings } from '../strings/rollout.ts'
import { Chart } from './Chart.tsx'
import styles from './Rollout.module.css'

const words = rolloutStrings.evidence

/** The evidence of each harm over time, with the lines at which it holds and rolls back. */
export function RolloutEvidence({ rollout, of }: { rollout: Watched; of: Rollout }) {
  const id = useId()
  return (
    <section className={styles.section} aria-labelledby={id}>
      <div>
        <h2 id={id}>{words.title}</h2>
        <p className={styles.soft}>{rollout.looks.length === 0 ? words.none : words.what}</p>
      </div>
      {rollout.looks.length > 0 && (
        <div className={styles.charts}>
          {chartsOf(rollout, of).map(([chart, state]) => (
            <Chart key={chart.id} chart={chart} state={state} />
          ))}
        </div>
      )}
    </section>
  )
}
