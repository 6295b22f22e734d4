import { isFinal } from '@playhead/live'
import { useEffect, useState } from 'react'
import type { LiveSession } from '../api/liveSessions.ts'
import { type Action, useAct } from '../api/sessions.ts'
import { useUploads } from '../api/uploads.tsx'
import { strings } from '../strings/index.ts'
import { useAsking } from './asking.ts'
import { useSay } from './say.ts'

/** What a reader asks of a session, and what has become of it. @param onDeleted - called when the session is gone. */
export function useSessionActions({ session, status }: LiveSession, onDeleted?: () => void) {
  const say = useSay()
  const { forget } = useUploads()
  const { mutateAsync, variables, isPending, isSuccess, error } = useAct(session.id)
  // What was asked of an attempt is over with it, whoever ended it or began the next.
  const stand = `${status.attempt} ${isFinal(status)}`
  const [askedAt, setAskedAt] = useState<string>()
  if (askedAt !== undefined && askedAt !== stand) setAskedAt(undefined)
  const asked = askedAt === stand ? variables : undefined
  const [asking, ask] = useAsking(session.id)
  // What is over cannot be canceled any more.
  const isOutdated = asking === 'cancel' && isFinal(status)
  useEffect(() => {
    if (isOutdated) ask(undefined)
  }, [isOutdated, ask])

  function act(action: Action) {
    setAskedAt(stand)
    if (action !== 'retry') forget(session.id)
    // Not as an option of the call: whoever made it may be gone by then, and would not hear of it.
    void mutateAsync(action).then(
      () => {
        if (action !== 'delete') return
        say(strings.list.deleted(session.filename))
        onDeleted?.()
      },
      () => {},
    )
  }

  return {
    act,
    /** What the reader is asked about first; `ask` begins and ends that. */
    asking,
    ask,
    /** What is being asked at this moment. */
    pending: isPending ? variables : undefined,
    /** A worker that is busy with the session hears of it a little later. */
    canceling: asked === 'cancel' && (isPending || isSuccess),
    error: asked === undefined ? null : error,
  }
}
