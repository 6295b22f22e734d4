import { useId } from 'react'
import type { PlannedHarm } from '../api/rollout.ts'
import { percent } from '../lib/quantities.ts'
import { harmName } from '../lib/rolloutCharts.ts'
import { rolloutStrings } from '../strings/rollout.ts'
import styles from './Rollout.module.css'
import { RolloutTable } from './RolloutTable.tsx'

const words = rolloutStrings.harms

/** What the plan watches for, before there are numbers of it. */
export function RolloutHarms({ harms }: { harms: readonly PlannedHarm[] }) {
  const id = useId()
  return (
    <section className={styles.section} aria-labelledby={id}>
      <div>
        <h2 id={id}>{words.title}</h2>
        <p className={styles.soft}>{words.what}</p>
      </div>
      <RolloutTable columns={[words.columns.harm, words.columns.budget, words.columns.action]}>
        {harms.map(({ id: harm, budget, action }) => (
          <tr key={harm}>
            <th scope="row">{harmName(harm)}</th>
            <td>{budget === null ? words.noBudget : percent(budget)}</td>
            <td>{words.actions[action]}</td>
          </tr>
        ))}
      </RolloutTable>
    </section>
  )
}
