import type { SessionStatus } from '@playhead/session-status'
import { useEffect, useState } from 'react'
import type { Session } from '../api/types.ts'
import { type Upload, isUnderWay, useUploads } from '../api/uploads.tsx'
import { strings } from '../strings/index.ts'
import { uploadingStrings } from '../strings/uploading.ts'
import { useSay } from './say.ts'
import { isUploading } from './stages.ts'

interface Of {
  readonly session: Session
  readonly status: SessionStatus
  /** Whether something of it comes at this moment, wherever it is sent from. */
  readonly moving: boolean
}

/**
 * What can be done for an upload to go on: pause it, send it on from here (`goOn`; `goOnHere` where another tab sends it), or
 * choose its file again. Nothing where it is sent from somewhere else.
 */
export type Deed = 'pause' | 'goOn' | 'goOnHere' | 'choose' | undefined

/** How the upload of a session stands, and what can be done about it in this tab. */
export function useUpload({ session, status, moving }: Of) {
  const { uploads, kept, resume, pause, retry, heard, forget } = useUploads()
  const [problem, setProblem] = useState<string>()
  const say = useSay()
  const upload = uploads.find(({ id }) => id === session.id)
  const stored = status.progress ?? 0
  const isOurs = upload !== undefined
  useEffect(() => {
    if (isOurs) heard(session.id, stored)
  }, [heard, isOurs, session.id, stored])
  // Another tab has sent the rest, or it was still on its way when it was paused.
  const isThere = isOurs && upload.state !== 'sending' && !isUploading(status)
  useEffect(() => {
    if (isThere) forget(session.id)
  }, [forget, isThere, session.id])
  const share = Math.max(upload?.share ?? 0, stored)

  function tell(sentence: string | undefined) {
    setProblem(sentence)
    if (sentence === undefined) say(strings.upload.going(share))
  }

  return {
    upload,
    share,
    deed: deedOf(upload, moving, kept.has(session.id)),
    standing: standingOf(upload, moving, share),
    /** Whether it moves on, or would if it could. */
    goesOn: upload === undefined ? moving : isUnderWay(upload) || (upload.state === 'elsewhere' && moving),
    /** Why a file that was chosen is not taken. */
    problem,
    pause: () => upload && pause(upload.key),
    goOn: () => {
      if (upload === undefined) void resume(session).then(tell)
      else retry(upload.key)
    },
    choose: (file: File) => void resume(session, file).then(tell),
  }
}

function deedOf(upload: Upload | undefined, moving: boolean, kept: boolean): Deed {
  if (upload === undefined) return moving ? undefined : kept ? 'goOn' : 'choose'
  if (upload.state === 'elsewhere' && moving) return 'goOnHere'
  return isUnderWay(upload) ? 'pause' : 'goOn'
}

/** In a few words: `share` of it has arrived. */
export function standingOf(upload: Upload | undefined, moving: boolean, share: number): string {
  const words = uploadingStrings
  if (upload?.state === 'failed') return strings.upload.notUploaded
  if (upload?.state === 'elsewhere' && moving) return words.elsewhere
  if (upload?.state === 'waiting') return words.waitingAt(share)
  return upload?.state === 'sending' || (upload === undefined && moving) ? strings.upload.going(share) : words.pausedAt(share)
}
