import type { Connection, SessionStatus } from '@playhead/session-status'
import type { Session } from '../api/types.ts'
import { statusSentence } from '../lib/stages.ts'
import { strings } from '../strings/index.ts'
import { Alert } from './Alert.tsx'
import { ConnectionIndicator } from './ConnectionIndicator.tsx'
import { Facts } from './Facts.tsx'
import styles from './StatusCard.module.css'
import { Timeline } from './Timeline.tsx'

interface Props {
  readonly session: Session
  readonly status: SessionStatus
  readonly connection: Connection
}

/** How far the work has come, in a sentence, a picture and numbers. */
export function StatusCard({ session, status, connection }: Props) {
  const duration = status.duration_s ?? session.duration_s
  const { error } = status
  return (
    <section className={styles.card} aria-label={strings.status.label}>
      <div className={styles.top}>
        {error === null || status.state !== 'failed' ? (
          <p className={styles.message}>{statusSentence(status)}</p>
        ) : (
          <Alert
            detail={
              <>
                {error.code} · {strings.status.forSupport} <code>{error.debug_id}</code>
              </>
            }
          >
            {strings.failures[error.code] ?? error.message}
          </Alert>
        )}
        <ConnectionIndicator connection={connection} />
      </div>
      <Timeline status={status} duration={duration} />
      <Facts status={status} duration={duration} />
    </section>
  )
}
