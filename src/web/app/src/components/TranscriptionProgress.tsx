import type { SessionStatus } from '@playhead/session-status'
import type { FollowedConnection } from '@playhead/session-status/react'
import { useState } from 'react'
import type { Session } from '../api/types.ts'
import { durationOf } from '../lib/durationOf.ts'
import { statusSentence } from '../lib/stages.ts'
import { strings } from '../strings/index.ts'
import { ConnectionIndicator } from './ConnectionIndicator.tsx'
import { Facts } from './Facts.tsx'
import { Failure } from './Failure.tsx'
import { SessionActions } from './SessionActions.tsx'
import { Steps } from './Steps.tsx'
import { Timeline } from './Timeline.tsx'
import styles from './TranscriptionProgress.module.css'

interface Props {
  readonly session: Session
  readonly status: SessionStatus
  readonly followed: FollowedConnection
}

/** How far the work has come, in a sentence, a picture and numbers, and what can be done about it. */
export function TranscriptionProgress({ session, status, followed }: Props) {
  // Who comes when it is done wants the words. Who has watched it keeps the picture, and words that do not jump.
  const [late] = useState(status.state === 'completed')
  const duration = durationOf({ session, status })
  if (late)
    return (
      <section className={`${styles.card} ${styles.done}`} aria-label={strings.status.label}>
        <p className={styles.message}>{statusSentence(status)}</p>
        <SessionActions session={session} status={status} />
      </section>
    )
  return (
    <section className={styles.card} aria-label={strings.status.label}>
      <div className={styles.top}>
        {status.error !== null && status.state === 'failed' ? (
          <Failure error={status.error} />
        ) : (
          <p className={styles.message}>{statusSentence(status)}</p>
        )}
        <ConnectionIndicator followed={followed} />
      </div>
      <Timeline status={status} duration={duration} />
      <Steps status={status} />
      <div className={styles.foot}>
        <Facts status={status} duration={duration} />
        <SessionActions session={session} status={status} />
      </div>
    </section>
  )
}
