import { useId } from 'react'
import type { Past } from '../api/rollout.ts'
import { dayAndTime } from '../lib/quantities.ts'
import { shareOf } from '../lib/rollout.ts'
import { rolloutStrings } from '../strings/rollout.ts'
import styles from './Rollout.module.css'

const words = rolloutStrings.past

/** The rollouts that have ended, the newest first. */
export function RolloutPast({ past }: { past: readonly Past[] }) {
  const id = useId()
  return (
    <section className={styles.section} aria-labelledby={id}>
      <h2 id={id}>{words.title}</h2>
      <ol className={styles.list} aria-labelledby={id}>
        {past.map(({ id: rollout, group, outcome, share, is_dry_run: isDry, begun_at: begun, ended_at: ended }) => (
          <li key={rollout} className={styles.decision}>
            <p className={styles.facts}>
              <strong>{words.outcomes[outcome](shareOf(share))}</strong>
              {isDry && <span className={styles.mark}>{rolloutStrings.dry}</span>}
              <span>{group}</span>
              <span className={styles.times}>
                <time dateTime={begun}>{dayAndTime(begun)}</time> – <time dateTime={ended}>{dayAndTime(ended)}</time>
              </span>
            </p>
          </li>
        ))}
      </ol>
    </section>
  )
}
