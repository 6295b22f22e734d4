import type { Connection } from '@playhead/live'
import type { SessionStatus } from '@playhead/session-status'
import { useSession } from '../api/sessions.ts'
import type { SessionEntry } from '../lib/now.ts'
import { SessionRow } from './SessionRow.tsx'

interface Props extends Omit<SessionEntry, 'phase'> {
  readonly connection: Connection
  readonly onDismiss: (statuses: readonly SessionStatus[]) => void
}

/** A session in the group "Now". */
export function NowRow({ session, status, connection, onDismiss }: Props) {
  if (session === undefined) return <UnlistedRow status={status} connection={connection} />
  return <SessionRow session={session} status={status} connection={connection} onDismiss={status.state === 'failed' ? onDismiss : undefined} />
}

/** A session on a page of the list that was not read. It is read by itself, and shown when its name is known. */
function UnlistedRow({ status, connection }: Pick<Props, 'status' | 'connection'>) {
  const { data } = useSession(status.session_id)
  return data && <SessionRow session={data} status={status} connection={connection} />
}
