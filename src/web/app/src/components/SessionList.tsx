import { useId } from 'react'
import { useLost } from '../api/account.ts'
import { sentenceOf } from '../api/http.ts'
import { useLiveSessions } from '../api/liveSessions.ts'
import { useUploads } from '../api/uploads.tsx'
import { matches } from '../lib/matches.ts'
import { useKeptFocus } from '../lib/useKeptFocus.ts'
import { useSearchInAddress } from '../lib/useSearchInAddress.ts'
import { strings } from '../strings/index.ts'
import { Alert } from './Alert.tsx'
import { ConnectionIndicator } from './ConnectionIndicator.tsx'
import { EmptySessions } from './EmptySessions.tsx'
import { OlderSessions } from './OlderSessions.tsx'
import { SearchField } from './SearchField.tsx'
import styles from './SessionList.module.css'
import { SessionRow } from './SessionRow.tsx'
import { Skeleton } from './Skeleton.tsx'
import { UploadRow } from './UploadRow.tsx'
import { WaitingWords } from './WaitingWords.tsx'

/** A person's sessions, newest first, and above them what will be one. It moves by itself, whoever changes something. */
export function SessionList() {
  const { list, sessions, followed } = useLiveSessions()
  const { uploads, waiting, retry, dismiss } = useUploads()
  const lost = useLost(followed.connection)
  const { query, type, settle } = useSearchInAddress()
  const kept = useKeptFocus<HTMLElement>('h2')
  const id = useId()

  const found = sessions?.filter(({ session }) => matches(session.filename, query)) ?? []
  return (
    <section {...kept} className={styles.section} aria-labelledby={id}>
      <div className={styles.top}>
        <div className={styles.heading}>
          <h2 id={id} tabIndex={-1}>
            {strings.list.title}
          </h2>
          <ConnectionIndicator followed={followed} />
        </div>
        {sessions !== undefined && sessions.length > 0 && <SearchField value={query} onChange={type} onBlur={settle} />}
      </div>
      {lost && <Alert onRetry={followed.retryNow}>{strings.list.lost}</Alert>}
      {sessions === undefined && list.isError && (
        <Alert onRetry={() => void list.refetch()}>{sentenceOf(list.error)}</Alert>
      )}
      {sessions === undefined && list.isPending && <Skeleton />}
      {sessions?.length === 0 && uploads.length === 0 && <EmptySessions />}
      {waiting && (
        <p className={styles.waiting}>
          <WaitingWords of={waiting} />
        </p>
      )}
      {uploads.length + found.length > 0 && (
        <ul className={styles.list}>
          {/* The last one is sent last, and will be the newest. So each stays where it is when it becomes a session. */}
          {uploads.toReversed().map((upload) => (
            <UploadRow key={upload.key} upload={upload} onRetry={retry} onDismiss={dismiss} />
          ))}
          {found.map(({ session, status }) => (
            <SessionRow key={session.id} session={session} status={status} />
          ))}
        </ul>
      )}
      {sessions !== undefined && sessions.length > 0 && (
        <OlderSessions more={list.data?.next_cursor !== null} searching={query.trim() !== ''} found={found.length} read={sessions.length} />
      )}
    </section>
  )
}
