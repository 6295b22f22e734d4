import type { ReactNode } from 'react'
import type { State } from '../api/health.ts'
import { useAge } from '../lib/useAge.ts'
import { strings } from '../strings/index.ts'
import { healthStrings } from '../strings/health.ts'
import { Alert } from './Alert.tsx'
import { StateMark } from './StateMark.tsx'
import styles from './Verdict.module.css'

const words = healthStrings.updated

/** When something was read, and why it could not be read again. */
export interface Reading {
  /** In ms since 1970. */
  readonly updatedAt: number
  readonly trouble: string | undefined
  readonly onRetry: () => void
}

interface Props {
  readonly label: string
  readonly state: State
  readonly sentence: string
  readonly detail: ReactNode
  /** The sentence when it cannot be read any more. */
  readonly unknown: string
  readonly reading: Reading
  /** Below the detail: who reports. */
  readonly foot: (age: string) => ReactNode
  /** What can be done about it. */
  readonly children?: ReactNode
}

/** The answer to the question of a page for admins, and how old it is. */
export function Verdict({ label, state, sentence, detail, unknown, reading: { updatedAt, trouble, onRetry }, foot, children }: Props) {
  const ageS = useAge(updatedAt)
  // What was true a while ago is no answer: a site that is down was well before.
  const isKnown = trouble === undefined
  const shown = isKnown ? state : 'quiet'
  return (
    <section className={styles.verdict} data-state={shown} aria-label={label}>
      <StateMark state={shown} large />
      <div className={styles.words}>
        <h2>{isKnown ? sentence : unknown}</h2>
        <p>{isKnown ? detail : words.before(Math.max(1, ageS), sentence)}</p>
      </div>
      {children}
      {isKnown ? (
        <p className={styles.age}>{foot(words.ago(ageS))}</p>
      ) : (
        <div className={styles.age}>
          <Alert detail={trouble} onRetry={onRetry} retry={strings.common.tryAgain}>
            {words.unread}
          </Alert>
        </div>
      )}
    </section>
  )
}
