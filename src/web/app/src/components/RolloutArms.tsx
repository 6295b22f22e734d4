import { useId } from 'react'
import type { Arm, Watched } from '../api/rollout.ts'
import { count, evidence, percentOfBad } from '../lib/quantities.ts'
import { rolloutStrings } from '../strings/rollout.ts'
import styles from './Rollout.module.css'
import { RolloutTable } from './RolloutTable.tsx'
import { StateMark } from './StateMark.tsx'

const words = rolloutStrings.arms
/** Log10 of the evidence from which the judge holds: a chance below 1 in 1,000. */
const SPLIT_LINE = 3

const ROWS = [
  ['exposed', ({ exposed }: Arm) => count(exposed)],
  ['people', ({ people }: Arm) => count(people)],
  [
    'silent',
    ({ silent, silent_of: of }: Arm) => (of === 0 ? words.silentNone : words.silentOf(silent, of, percentOfBad(silent / of))),
  ],
] as const

/** How many people each arm has, and whether they are split as the slider says. */
export function RolloutArms({ rollout: { arms, sample_ratio: ratio } }: { rollout: Watched }) {
  const id = useId()
  const isWrong = ratio >= SPLIT_LINE
  return (
    <section className={styles.section} aria-labelledby={id}>
      <div>
        <h2 id={id}>{words.title}</h2>
        <p className={styles.soft}>{words.what}</p>
      </div>
      <RolloutTable columns={[words.columns.what, words.columns.stream, words.columns.poll]}>
        {ROWS.map(([name, write]) => (
          <tr key={name}>
            <th scope="row">{words[name]}</th>
            <td>{write(arms.stream)}</td>
            <td>{write(arms.poll)}</td>
          </tr>
        ))}
      </RolloutTable>
      {arms.stream.exposed + arms.poll.exposed > 0 && (
        <p className={styles.line}>
          <StateMark state={isWrong ? 'warn' : 'well'} />
          <span>
            {isWrong ? words.splitBad : words.splitWell} <span className={styles.soft}>{words.evidence(evidence(ratio))}</span>
          </span>
        </p>
      )}
    </section>
  )
}
