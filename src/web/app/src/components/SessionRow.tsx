import { type Connection, isFinal } from '@playhead/live'
import type { SessionStatus } from '@playhead/session-status'
import { useCarriedStatus } from '@playhead/session-status/react'
import { memo } from 'react'
import type { LiveSession } from '../api/liveSessions.ts'
import { durationOf } from '../lib/durationOf.ts'
import { stageName } from '../lib/stages.ts'
import { formats, strings } from '../strings/index.ts'
import { ListRow } from './ListRow.tsx'
import { RowActions } from './RowActions.tsx'

interface Props extends LiveSession {
  /** By which its news come. */
  readonly connection: Connection
  /** Writes when it was made; without it that is left out, of what goes on. */
  readonly when?: ((iso: string) => string) | undefined
  /** Puts its failure away. */
  readonly onDismiss?: ((statuses: readonly SessionStatus[]) => void) | undefined
}

/** One session in the list. The whole row leads to it. */
export const SessionRow = memo(function SessionRow({ session, status, connection, when, onDismiss }: Props) {
  // No timer for those that stand still.
  const carried = useCarriedStatus(status.state === 'processing' ? status : undefined, connection) ?? status
  const duration = durationOf({ session, status })
  const facts = [
    ...(when ? [<time key="when" dateTime={session.created_at}>{when(session.created_at)}</time>] : []),
    ...(duration === null ? [] : [`${when ? ' · ' : ''}${formats.clock(duration)}`]),
  ]
  return (
    <ListRow
      session={session.id}
      state={status.state}
      name={session.filename}
      to={`/sessions/${session.id}`}
      facts={facts.length === 0 ? undefined : facts}
      detail={strings.list.detail(carried)}
      standing={standingOf(carried)}
      progress={isFinal(status) ? null : carried.progress}
      progressOf={strings.list.progressOf(session.filename)}
    >
      <RowActions session={session} status={status} onDismiss={onDismiss} />
    </ListRow>
  )
})

function standingOf(status: SessionStatus): string {
  if (isFinal(status) || status.progress === null) return stageName(status)
  return strings.status.stageAt(stageName(status), status.progress)
}
