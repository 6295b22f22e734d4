import { useId, useState } from 'react'
import { useLost } from '../api/account.ts'
import { sentenceOf } from '../api/http.ts'
import { useLiveSessions } from '../api/liveSessions.ts'
import { useUploads } from '../api/uploads.tsx'
import { type Asked, AskingContext } from '../lib/asking.ts'
import { dateGroups } from '../lib/dateGroups.ts'
import { matches } from '../lib/matches.ts'
import { movedRow } from '../lib/movedRow.ts'
import { splitNow } from '../lib/now.ts'
import { useDismissed } from '../lib/useDismissed.ts'
import { useKeptFocus } from '../lib/useKeptFocus.ts'
import { useMinute } from '../lib/useMinute.ts'
import { useMoving } from '../lib/useMoving.ts'
import { useSearchInAddress } from '../lib/useSearchInAddress.ts'
import { useWatched } from '../lib/useWatched.ts'
import { strings } from '../strings/index.ts'
import { Alert } from './Alert.tsx'
import { ConnectionIndicator } from './ConnectionIndicator.tsx'
import { EmptySessions } from './EmptySessions.tsx'
import { NowGroup } from './NowGroup.tsx'
import { OlderSessions } from './OlderSessions.tsx'
import { SearchField } from './SearchField.tsx'
import { SessionGroup } from './SessionGroup.tsx'
import styles from './SessionList.module.css'
import { Skeleton } from './Skeleton.tsx'

/**
 * A person's sessions: what goes on first, with the uploads that will be sessions, and then the others by date, newest first.
 * It moves by itself, whoever changes something.
 */
export function SessionList() {
  const { list, sessions, unlisted, followed } = useLiveSessions()
  const { uploads } = useUploads()
  const { isDismissed, dismiss } = useDismissed()
  const now = useMinute()
  const watched = useWatched([...(sessions ?? []).map(({ status }) => status), ...unlisted])
  const moving = useMoving([...(sessions ?? []).map(({ status }) => status), ...unlisted])
  const lost = useLost(followed.connection)
  const { query, type, settle } = useSearchInAddress()
  const kept = useKeptFocus<HTMLElement>('h2', movedRow)
  const id = useId()
  const asking = useState<Asked>()

  const searching = query.trim() !== ''
  const found = sessions?.filter(({ session }) => matches(session.filename, query) || uploads.some((upload) => upload.id === session.id)) ?? []
  // Of those that are not listed no name is known to search in.
  const { entries, past } = splitNow({ sessions: found, unlisted: searching ? [] : unlisted, uploads, moving }, isDismissed, now, watched)
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
      <AskingContext value={asking}>
        {entries.length > 0 && <NowGroup entries={entries} connection={followed.connection} onDismiss={dismiss} />}
        {dateGroups(past, new Date(now)).map((group) => (
          <SessionGroup key={group.title} group={group} connection={followed.connection} />
        ))}
      </AskingContext>
      {sessions !== undefined && sessions.length > 0 && (
        <OlderSessions more={list.data?.next_cursor !== null} searching={searching} found={found.length} read={sessions.length} />
      )}
    </section>
  )
}
