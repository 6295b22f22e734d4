import { useCallback, useId, useRef, useState } from 'react'
import { sentenceOf } from '../api/http.ts'
import { useLiveSessions } from '../api/liveSessions.ts'
import type { Session } from '../api/types.ts'
import { matches } from '../lib/matches.ts'
import { strings } from '../strings/index.ts'
import { Alert } from './Alert.tsx'
import { ConnectionIndicator } from './ConnectionIndicator.tsx'
import { EmptySessions } from './EmptySessions.tsx'
import { OlderSessions } from './OlderSessions.tsx'
import { SearchField } from './SearchField.tsx'
import styles from './SessionList.module.css'
import { SessionRow } from './SessionRow.tsx'
import { Skeleton } from './Skeleton.tsx'

/** A person's sessions, newest first. It moves by itself, whoever changes something and wherever. */
export function SessionList() {
  const { list, sessions, followed } = useLiveSessions()
  const [query, setQuery] = useState('')
  const [deleted, setDeleted] = useState<string>()
  const heading = useRef<HTMLHeadingElement>(null)
  const id = useId()

  const onDeleted = useCallback((session: Session) => {
    setDeleted(session.filename)
    // The button that had the focus is gone with its row.
    heading.current?.focus()
  }, [])

  const found = sessions?.filter(({ session }) => matches(session.filename, query))
  return (
    <section className={styles.section} aria-labelledby={id}>
      <div className={styles.top}>
        <div className={styles.heading}>
          <h2 id={id} ref={heading} tabIndex={-1}>
            {strings.list.title}
          </h2>
          <ConnectionIndicator followed={followed} />
        </div>
        {sessions !== undefined && sessions.length > 0 && <SearchField value={query} onChange={setQuery} />}
      </div>
      {sessions === undefined && list.isError && (
        <Alert onRetry={() => void list.refetch()}>{sentenceOf(list.error)}</Alert>
      )}
      {sessions === undefined && list.isPending && <Skeleton offline={list.fetchStatus === 'paused'} />}
      {sessions?.length === 0 && <EmptySessions />}
      {found !== undefined && found.length > 0 && (
        <ul className={styles.list}>
          {found.map(({ session, status }) => (
            <SessionRow key={session.id} session={session} status={status} onDeleted={onDeleted} />
          ))}
        </ul>
      )}
      {sessions !== undefined && found !== undefined && sessions.length > 0 && (
        <OlderSessions list={list} searching={query.trim() !== ''} found={found.length} read={sessions.length} />
      )}
      <p role="status" className="visually-hidden">
        {deleted !== undefined && strings.list.deleted(deleted)}
      </p>
    </section>
  )
}
