import { isFinal, isNewer } from '@playhead/live'
import type { SessionStatus } from '@playhead/session-status'
import { useSessionList } from '@playhead/session-status/react'
import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useMemo, useRef, useState } from 'react'
import { readListAgain, useSessions } from './sessions.ts'
import type { Session } from './types.ts'
import { useUploads } from './uploads.tsx'

const NONE: ReadonlySet<string> = new Set()

/** A session and the newest that is known of it. */
export interface LiveSession {
  readonly session: Session
  readonly status: SessionStatus
}

/**
 * The list, moved by one stream for all of it, or by one poll: they tell of statuses, the list of files and of what is gone.
 * `unlisted` are the statuses of sessions that go on and are on pages of the list which were not read.
 */
export function useLiveSessions() {
  const list = useSessions()
  const followed = useSessionList()
  const { statuses, connection } = followed
  const listed = list.data?.sessions
  const sessions = useMemo(
    () =>
      listed?.map((session): LiveSession => {
        const streamed = statuses.get(session.id)
        return { session, status: streamed && !isNewer(session.status, streamed) ? streamed : session.status }
      }),
    [listed, statuses],
  )
  const asked = useReadAgain(listed, statuses, connection.phase === 'live' || connection.phase === 'polling')
  const unlisted = useMemo(() => {
    const known = new Set(listed?.map(({ id }) => id))
    return [...statuses.values()].filter((status) => !isFinal(status) && asked.has(status.session_id) && !known.has(status.session_id))
  }, [asked, listed, statuses])
  return { list, sessions, unlisted, followed }
}

/**
 * Reads the list again when the stream tells of something that the list does not know.
 *
 * @returns the ids that were asked for. What the list does not know after that is on a page that was not read.
 */
function useReadAgain(listed: readonly Session[] | undefined, statuses: ReadonlyMap<string, SessionStatus>, followed: boolean) {
  const client = useQueryClient()
  const seen = useRef(new Set<string>())
  const [asked, setAsked] = useState<ReadonlySet<string>>(NONE)
  // The stream may tell of a session before the request that began it is answered: that has its place in the list already.
  const arriving = useUploads().uploads.some(({ id, state }) => id === undefined && state === 'sending')

  useEffect(() => {
    if (listed === undefined || arriving) return
    const known = new Map(listed.map(({ id, status }) => [id, status]))
    const news = [...statuses.values()]
      .filter(({ session_id, state }) => {
        const before = known.get(session_id)
        // A session that is deleted while it goes on is told of as canceled.
        return before === undefined || (state === 'canceled' && before.state !== 'canceled')
      })
      // Once for each: what is older than the pages read so far stays unknown.
      .map(({ session_id, version }) => (known.has(session_id) ? `${session_id} ${version}` : session_id))
      .filter((key) => !seen.current.has(key))
    if (news.length === 0) return
    for (const key of news) seen.current.add(key)
    void readListAgain(client).then(() => setAsked(new Set(seen.current)))
  }, [arriving, client, listed, statuses])

  // A stream begins with what goes on, as do polls: what ended just before is only in the list.
  useEffect(() => {
    if (followed) void readListAgain(client)
  }, [client, followed])
  return asked
}
