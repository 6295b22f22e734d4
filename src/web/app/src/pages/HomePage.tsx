import { sentenceOf } from '../api/http.ts'
import { useSessions } from '../api/sessions.ts'
import { useUploads } from '../api/uploads.tsx'
import { Alert } from '../components/Alert.tsx'
import { Button } from '../components/Button.tsx'
import { DropZone } from '../components/DropZone.tsx'
import { Message } from '../components/Message.tsx'
import { SessionRow } from '../components/SessionRow.tsx'
import { UploadList } from '../components/UploadList.tsx'
import { useTitle } from '../lib/useTitle.ts'
import { strings } from '../strings/index.ts'
import styles from './HomePage.module.css'

/** Something new in, and what came of the earlier ones. */
export function HomePage() {
  useTitle(strings.home.title)
  const { uploads, add, dismiss } = useUploads()
  return (
    <div className={styles.page}>
      <section className={styles.section} aria-labelledby="new">
        <h1 id="new">{strings.home.newTitle}</h1>
        <DropZone onFiles={add} />
        <UploadList uploads={uploads} onDismiss={dismiss} />
      </section>
      <section className={styles.section} aria-labelledby="sessions">
        <h2 id="sessions">{strings.home.listTitle}</h2>
        <SessionList />
      </section>
    </div>
  )
}

function SessionList() {
  const list = useSessions()
  if (list.isPending) return <p className={styles.loading}>{strings.common.loading}</p>
  if (list.data === undefined) return <Alert onRetry={() => void list.refetch()}>{sentenceOf(list.error)}</Alert>
  const sessions = list.data.pages.flatMap((page) => page.sessions)
  if (sessions.length === 0) {
    return (
      <Message title={strings.home.emptyTitle} level="h3">
        {strings.home.empty}
      </Message>
    )
  }
  return (
    <>
      <ul className={styles.list}>
        {sessions.map((session) => (
          <SessionRow key={session.id} session={session} />
        ))}
      </ul>
      {list.hasNextPage && (
        <div className={styles.more}>
          <Button disabled={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            {strings.home.showOlder}
          </Button>
        </div>
      )}
    </>
  )
}
