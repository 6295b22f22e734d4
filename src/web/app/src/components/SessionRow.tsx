import { type SessionStatus, isFinal } from '@playhead/session-status'
import { memo } from 'react'
import type { LiveSession } from '../api/liveSessions.ts'
import { durationOf } from '../lib/durationOf.ts'
import { stageName } from '../lib/stages.ts'
import { formats, strings } from '../strings/index.ts'
import { ListRow } from './ListRow.tsx'
import { RowActions } from './RowActions.tsx'

/** One session in the list. The whole row leads to it. */
export const SessionRow = memo(function SessionRow({ session, status }: LiveSession) {
  const duration = durationOf({ session, status })
  return (
    <ListRow
      state={status.state}
      name={session.filename}
      to={`/sessions/${session.id}`}
      facts={
        <>
          <time dateTime={session.created_at}>{formats.moment(session.created_at)}</time>
          {duration !== null && ` · ${formats.clock(duration)}`}
        </>
      }
      detail={strings.list.detail(status)}
      standing={standingOf(status)}
      progress={isFinal(status) ? null : status.progress}
      progressOf={strings.list.progressOf(session.filename)}
    >
      <RowActions session={session} status={status} />
    </ListRow>
  )
})

function standingOf(status: SessionStatus): string {
  if (isFinal(status) || status.progress === null) return stageName(status)
  return strings.status.stageAt(stageName(status), status.progress)
}
