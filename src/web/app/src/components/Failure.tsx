import type { StatusError } from '@playhead/session-status'
import { strings } from '../strings/index.ts'
import { Alert } from './Alert.tsx'
import { CopyButton } from './CopyButton.tsx'
import styles from './Failure.module.css'

/** Why the session failed, what can be done about it, and what to tell who helps. */
export function Failure({ error: { code, message, retryable, debug_id } }: { error: StatusError }) {
  const words = strings.failure
  const advice = words.advice[code] ?? (retryable ? words.canPass : words.cannotPass)
  return (
    <Alert
      detail={
        <>
          <span className={styles.advice}>{advice}</span>
          <span className={styles.support}>
            {code} · {words.debugId} <code>{debug_id}</code>
          </span>
        </>
      }
      actions={
        <CopyButton text={() => `${code} ${debug_id}`} aria-label={words.copyOf}>
          {words.copy}
        </CopyButton>
      }
    >
      <strong className={styles.what}>{strings.failures[code] ?? message}</strong>
    </Alert>
  )
}
