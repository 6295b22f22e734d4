import { useEffect, useState } from 'react'
import type { Health } from '../api/health.ts'
import { nameOf, verdictOf } from '../lib/checks.ts'
import { strings } from '../strings/index.ts'
import { healthStrings as words } from '../strings/health.ts'
import { Alert } from './Alert.tsx'
import { Button } from './Button.tsx'
import styles from './HealthVerdict.module.css'
import { StateMark } from './StateMark.tsx'

interface Props {
  readonly health: Health
  /** When it was read, in ms since 1970. */
  readonly updatedAt: number
  /** Why it could not be read again. */
  readonly trouble: string | undefined
  readonly onRetry: () => void
  readonly onOpen: (check: string) => void
}

/** The answer to "is everybody well?", and how old it is. */
export function HealthVerdict({ health, updatedAt, trouble, onRetry, onOpen }: Props) {
  const { sentence, detail, check } = verdictOf(health)
  const ageS = useAge(updatedAt)
  // What was true a while ago is no answer: a site that is down was well before.
  const isKnown = trouble === undefined
  const state = isKnown ? health.state : 'quiet'
  const { web, worker } = health.processes
  return (
    <section className={styles.verdict} data-state={state} aria-label={words.verdict.label}>
      <StateMark state={state} large />
      <div className={styles.words}>
        <h2>{isKnown ? sentence : words.verdict.unknown}</h2>
        <p>{isKnown ? detail : words.updated.before(Math.max(1, ageS), sentence)}</p>
      </div>
      {check !== undefined && (
        <Button aria-label={words.verdict.whyOf(nameOf(check))} onClick={() => onOpen(check.id)}>
          {words.verdict.why}
        </Button>
      )}
      {isKnown ? (
        <p className={styles.age}>
          {web + worker === 0 ? words.updated.noProcess : `${words.updated.ago(ageS)} ${words.updated.processes(web, worker)}`}
        </p>
      ) : (
        <div className={styles.age}>
          <Alert detail={trouble} onRetry={onRetry} retry={strings.common.tryAgain}>
            {words.updated.unread}
          </Alert>
        </div>
      )}
    </section>
  )
}

/** An age in seconds ticks as a clock does. */
const TICK_MS = 1_000

/** How many seconds ago it was. */
function useAge(at: number): number {
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), TICK_MS)
    return () => clearInterval(timer)
  }, [])
  return Math.max(0, Math.round((now - at) / 1_000))
}
