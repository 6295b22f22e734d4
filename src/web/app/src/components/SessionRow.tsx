import { type SessionStatus, isFinal } from '@playhead/session-status'
import { type CSSProperties, memo } from 'react'
import { Link } from 'wouter'
import type { LiveSession } from '../api/liveSessions.ts'
import type { Session } from '../api/types.ts'
import { stageName } from '../lib/stages.ts'
import { formats, strings } from '../strings/index.ts'
import { RowActions } from './RowActions.tsx'
import styles from './SessionRow.module.css'

interface Props extends LiveSession {
  readonly onDeleted: (session: Session) => void
}

/** One session in the list. The whole row leads to it. */
export const SessionRow = memo(function SessionRow({ session, status, onDeleted }: Props) {
  const duration = status.duration_s ?? session.duration_s
  const detail = strings.list.detail(status)
  return (
    <li className={styles.row} data-state={status.state} style={{ '--progress': status.progress ?? 0 } as CSSProperties}>
      <div className={styles.what}>
        <Link href={`/sessions/${session.id}`} className={styles.name}>
          {session.filename}
        </Link>
        <p className={styles.facts}>
          <time dateTime={session.created_at}>{formats.moment(session.created_at)}</time>
          {duration !== null && ` · ${formats.clock(duration)}`}
          {detail !== undefined && (
            <>
              {' · '}
              <span className={styles.detail}>{detail}</span>
            </>
          )}
        </p>
      </div>
      <span className={styles.state}>{stateOf(status)}</span>
      <RowActions session={session} status={status} onDeleted={onDeleted} />
    </li>
  )
})

function stateOf(status: SessionStatus): string {
  if (isFinal(status) || status.progress === null) return stageName(status)
  return strings.status.stageAt(stageName(status), status.progress)
}
