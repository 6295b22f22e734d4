import type { Connection } from '@playhead/live'
import type { SessionStatus } from '@playhead/session-status'
import { useSession } from '../api/sessions.ts'
import { isUploading } from '../lib/stages.ts'
import type { SessionEntry } from '../lib/now.ts'
import { SessionRow } from './SessionRow.tsx'
import { UploadRow } from './UploadRow.tsx'

interface Props extends SessionEntry {
  readonly connection: Connection
  readonly onDismiss: (statuses: readonly SessionStatus[]) => void
}

/** A session in the group "Now". */
export function NowRow({ session, status, connection, onDismiss, phase }: Props) {
  if (session === undefined) return <UnlistedRow status={status} connection={connection} phase={phase} onDismiss={onDismiss} />
  if (isUploading(status)) return <UploadRow upload={undefined} live={{ session, status }} moving={phase === 'sending'} />
  return <SessionRow session={session} status={status} connection={connection} onDismiss={status.state === 'failed' ? onDismiss : undefined} />
}

/** A session on a page of the list that was not read. It is read by itself, and shown when its name is known. */
function UnlistedRow(props: Omit<Props, 'session'>) {
  const { data } = useSession(props.status.session_id)
  return data && <NowRow {...props} session={data} />
}
