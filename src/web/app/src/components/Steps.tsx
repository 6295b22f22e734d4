import { isFinal } from '@playhead/live'
import type { SessionStatus } from '@playhead/session-status'
import { STEPS, stepsDone } from '../lib/steps.ts'
import { sessionStrings } from '../strings/session.ts'
import styles from './Steps.module.css'

/** The way from upload to done, and where on it the session is. */
export function Steps({ status }: { status: SessionStatus }) {
  const done = stepsDone(status)
  const here = isFinal(status) ? 'ended' : 'here'
  const words = sessionStrings.steps
  return (
    <ol className={styles.steps} aria-label={words.label}>
      {STEPS.map((step, index) => {
        const look = index < done ? 'done' : index === done ? here : 'ahead'
        return (
          <li key={step} className={styles.step} data-look={look} aria-current={look === 'here' ? 'step' : undefined}>
            <svg className={styles.mark} width="12" height="12" viewBox="0 0 12 12" aria-hidden="true">
              {look === 'done' && <path d="M2 6.5 4.8 9 10 3" />}
              {look === 'ended' && <path d="m3 3 6 6m0-6-6 6" />}
              {(look === 'here' || look === 'ahead') && <circle cx="6" cy="6" r="3.5" />}
            </svg>
            <span>{words.names[step][look === 'done' ? 'done' : 'toDo']}</span>
            {look !== 'ahead' && <span className="visually-hidden">{words[look]}</span>}
          </li>
        )
      })}
    </ol>
  )
}
