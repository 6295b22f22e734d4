import { isFinal } from '@playhead/live'
import type { Segment, SessionStatus } from '@playhead/session-status'
import type { FollowedConnection } from '@playhead/live/react'
import { useState } from 'react'
import type { Session } from '../api/types.ts'
import { useUploads } from '../api/uploads.tsx'
import { isUploading, stageDetail, stageName } from '../lib/stages.ts'
import { useMoving } from '../lib/useMoving.ts'
import { useStickyEdge } from '../lib/useStickyEdge.ts'
import { useUpload } from '../lib/useUpload.ts'
import { wordCount } from '../lib/wordCount.ts'
import { strings } from '../strings/index.ts'
import { uploadingStrings } from '../strings/uploading.ts'
import { ConnectionIndicator } from './ConnectionIndicator.tsx'
import { Icon } from './Icon.tsx'
import { SessionActions } from './SessionActions.tsx'
import styles from './StatusBar.module.css'
import { Timeline } from './Timeline.tsx'
import { UploadProblem } from './UploadProblem.tsx'
import { WaitingWords } from './WaitingWords.tsx'

interface Props {
  readonly session: Session
  /** As of now: carried forward. */
  readonly status: SessionStatus
  readonly segments: readonly Segment[]
  readonly followed: FollowedConnection
  /** Whether the words can be read while they come, or only at the end. */
  readonly asHeard: boolean
}

/** How far the session is, and what can be done about it. It stays at the top of the window while the words scroll under it. */
export function StatusBar({ session, status, segments, followed, asHeard }: Props) {
  // Who has watched it end keeps the ruler, so that nothing jumps; who comes later has no use for it.
  const [late, setLate] = useState(status.state === 'completed')
  if (late && !isFinal(status)) setLate(false)
  const bar = useStickyEdge<HTMLElement>('top')
  const isWhole = segments.length === status.segments
  const words = status.state === 'completed' && isWhole ? wordCount(segments, session.language) : undefined
  const moving = useMoving([status]).has(session.id)
  const { waiting } = useUploads()
  const known = useUpload({ session, status, moving })
  // What is still to come of it is its recording.
  const upload = isUploading(status) ? known : undefined
  const stored = uploadingStrings.of((upload?.share ?? 0) * session.size_bytes, session.size_bytes)
  const still = upload !== undefined && (!upload.goesOn || upload.upload?.state === 'waiting')
  const left = still ? undefined : stageDetail(status, words)
  const detail = upload === undefined ? left : [stored, left].filter(Boolean).join(' · ')
  return (
    <section ref={bar} className={styles.bar} aria-label={strings.status.label}>
      <div className={styles.card} data-state={upload?.upload?.state === 'failed' ? 'failed' : status.state}>
        <p className={styles.sentence}>
          <strong className={styles.stage}>
            {status.state === 'completed' && <Icon name="check" />}
            {upload === undefined ? stageName(status) : upload.standing}
          </strong>
          <span className={styles.detail}>
            {detail !== undefined && <span className="visually-hidden">: </span>}
            {upload?.upload?.state === 'waiting' && waiting ? <WaitingWords of={waiting} /> : detail}
          </span>
        </p>
        <ConnectionIndicator followed={followed} />
        <SessionActions session={session} status={status} segments={segments} asHeard={asHeard} upload={upload} />
        {upload && <UploadProblem of={upload} />}
        {!late && (
          <div className={styles.ruler}>
            <Timeline status={upload === undefined ? status : { ...status, progress: upload.share }} standing={upload?.standing} still={still} />
          </div>
        )}
      </div>
    </section>
  )
}
