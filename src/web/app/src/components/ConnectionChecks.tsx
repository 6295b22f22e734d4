import { useId } from 'react'
import type { ConnectionCheck } from '../lib/connectionChecks.ts'
import { connectionTestStrings } from '../strings/connectionTest.ts'
import styles from './ConnectionChecks.module.css'
import { Icon } from './Icon.tsx'
import { StateMark } from './StateMark.tsx'

const words = connectionTestStrings.checks

interface Props {
  readonly checks: readonly ConnectionCheck[]
  readonly isRunning: boolean
}

/** What was measured, and what is still to come. */
export function ConnectionChecks({ checks, isRunning }: Props) {
  const id = useId()
  const next = isRunning ? checks.find(({ value }) => value === undefined) : undefined
  return (
    <section className={styles.section} aria-labelledby={id}>
      <h2 id={id}>{words.title}</h2>
      <ul className={styles.checks} aria-busy={isRunning}>
        {checks.map((check) => (
          <li key={check.id} data-level={check.level} data-done={check.value !== undefined || undefined}>
            <span className={styles.mark}>
              <Mark check={check} />
            </span>
            <span className={styles.name}>{words.names[check.id]}</span>
            <span className={styles.value}>{check.value ?? (check === next ? words.running : isRunning ? words.waiting : words.none)}</span>
          </li>
        ))}
      </ul>
    </section>
  )
}

/** Only what the verdict is about has a mark of its own. */
function Mark({ check: { value, level } }: { check: ConnectionCheck }) {
  if (level !== undefined) return <StateMark state={level === 'wrong' ? 'bad' : 'warn'} />
  return value === undefined ? null : <Icon name="check" />
}
