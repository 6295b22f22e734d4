import { isFinal } from '@playhead/live'
import { useCarriedStatus, useTranscriptionStatus } from '@playhead/session-status/react'
import { useQueryClient } from '@tanstack/react-query'
import { type ComponentProps, type ComponentType, Suspense, lazy, useEffect, useState } from 'react'
import { Link } from 'wouter'
import { useLost, useMe } from '../api/account.ts'
import { ApiError, sentenceOf } from '../api/http.ts'
import { readListAgain, useSession, useUnlist } from '../api/sessions.ts'
import type { Session } from '../api/types.ts'
import { useUploads } from '../api/uploads.tsx'
import { Again } from '../components/Again.tsx'
import { Alert } from '../components/Alert.tsx'
import { Announcer } from '../components/Announcer.tsx'
import type { FeedbackQuestion as Question } from '../components/FeedbackQuestion.tsx'
import { Message } from '../components/Message.tsx'
import { SessionHeader } from '../components/SessionHeader.tsx'
import { StatusBar } from '../components/StatusBar.tsx'
import { Transcript } from '../components/Transcript.tsx'
import { isWhole } from '../lib/again.ts'
import { focusMain } from '../lib/focus.ts'
import { sessionTitle } from '../lib/sessionTitle.ts'
import { useFavicon } from '../lib/useFavicon.ts'
import { useTitle } from '../lib/useTitle.ts'
import { useWholeText } from '../lib/useWholeText.ts'
import { strings } from '../strings/index.ts'
import styles from './SessionPage.module.css'

// For those who watch one until its end. It is no reason to show anything else if it cannot be read.
const FeedbackQuestion = lazy<ComponentType<ComponentProps<typeof Question>>>(() =>
  import('../components/FeedbackQuestion.tsx').then(
    (read) => ({ default: read.FeedbackQuestion }),
    () => ({ default: () => null }),
  ),
)

/** One session, live. */
export function SessionPage({ id }: { id: string }) {
  const session = useSession(id)
  // Also one that was there: somebody has deleted it.
  if (session.error instanceof ApiError && session.error.status === 404) return <MissingSession id={id} wasHere={session.data !== undefined} />
  if (session.data !== undefined) return <FollowedSession session={session.data} />
  if (session.isPending) return <p data-loading className={styles.loading}>{strings.common.loading}</p>
  return <UnreadSession why={sentenceOf(session.error)} onRetry={() => void session.refetch()} />
}

function UnreadSession({ why, onRetry }: { why: string; onRetry: () => void }) {
  useTitle(strings.session.notRead)
  function retry() {
    focusMain()
    onRetry()
  }
  return (
    <article className={styles.page}>
      <h1>{strings.session.notRead}</h1>
      <Alert onRetry={retry}>{why}</Alert>
      <p>
        <Link href="/">{strings.common.goToSessions}</Link>
      </p>
    </article>
  )
}

function MissingSession({ id, wasHere }: { id: string; wasHere: boolean }) {
  useTitle(strings.notFound.title)
  useUnlist(id)
  useEffect(() => {
    // Whatever had the focus is gone with it.
    if (wasHere) focusMain()
  }, [wasHere])
  return (
    <Message title={strings.notFound.session}>
      {strings.notFound.sessionWhy} <Link href="/">{strings.common.goToSessions}</Link>
    </Message>
  )
}

function FollowedSession({ session }: { session: Session }) {
  const asHeard = useMe().data?.features['live-transcript'] !== false
  // A text that is being replaced is shown whatever the flag says.
  const [ended, setEnded] = useState(isWhole(session.status))
  const live = useTranscriptionStatus(session.id, {
    initialStatus: session.status,
    segments: asHeard || ended,
    onComplete: () => setEnded(true),
  })
  const { connection } = live
  const status = live.status ?? session.status
  const segments = useWholeText(live.segments, status)
  const now = useCarriedStatus(status, connection)
  const isSentHere = useUploads().uploads.some(({ id }) => id === session.id)
  useTitle(sessionTitle(session.filename, now, isSentHere))
  useFavicon(now)
  const lost = useLost(connection)
  // The end brings what was not known before: the language that was detected, the length. Or that it is gone.
  useRefetchOnce(session.id, lost || (isFinal(status) && !isFinal(session.status)))

  function retry() {
    focusMain()
    live.retryNow()
  }

  return (
    <article>
      <SessionHeader session={session} status={now} />
      {lost && <Alert onRetry={retry}>{strings.status.lost}</Alert>}
      <Again session={session} status={status}>
        <StatusBar session={session} status={now} segments={segments} followed={live} asHeard={asHeard} />
        <Transcript session={session} status={status} segments={segments} asHeard={asHeard} onRetry={live.retryNow}>
          <Suspense fallback={null}>
            <FeedbackQuestion status={status} followed={live} />
          </Suspense>
        </Transcript>
      </Again>
      <Announcer session={session} status={status} />
    </article>
  )
}

function useRefetchOnce(id: string, outdated: boolean) {
  const client = useQueryClient()
  useEffect(() => {
    if (!outdated) return
    void client.invalidateQueries({ queryKey: ['session', id] })
    readListAgain(client)
  }, [client, id, outdated])
}
