import { type SessionStatus, isFinal } from '@playhead/session-status'
import type { CSSProperties } from 'react'
import { Link } from 'wouter'
import type { Session } from '../api/types.ts'
import { stageName } from '../lib/stages.ts'
import { formats, strings } from '../strings/index.ts'
import styles from './SessionRow.module.css'

/** One session in the list. The whole row leads to it. */
export function SessionRow({ session }: { session: Session }) {
  const { status } = session
  const duration = status.duration_s ?? session.duration_s
  return (
    <li className={styles.row} data-state={status.state} style={{ '--progress': status.progress ?? 0 } as CSSProperties}>
      <Link href={`/sessions/${session.id}`} className={styles.name}>
        {session.filename}
      </Link>
      <span className={styles.state}>{stateOf(status)}</span>
      <span className={styles.facts}>
        <time dateTime={session.created_at}>{formats.moment(session.created_at)}</time>
        {duration !== null && ` · ${formats.clock(duration)}`}
      </span>
    </li>
  )
}

function stateOf(status: SessionStatus): string {
  if (isFinal(status) || status.progress === null) return stageName(status)
  return strings.status.stageAt(stageName(status), status.progress)
}
