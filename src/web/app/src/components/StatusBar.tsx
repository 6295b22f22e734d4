import { isFinal } from '@playhead/live'
import type { Segment, SessionStatus } from '@playhead/session-status'
import type { FollowedConnection } from '@playhead/live/react'
import { useState } from 'react'
import type { Session } from '../api/types.ts'
import { stageDetail, stageName } from '../lib/stages.ts'
import { useStickyEdge } from '../lib/useStickyEdge.ts'
import { wordCount } from '../lib/wordCount.ts'
import { strings } from '../strings/index.ts'
import { ConnectionIndicator } from './ConnectionIndicator.tsx'
import { Icon } from './Icon.tsx'
import { SessionActions } from './SessionActions.tsx'
import styles from './StatusBar.module.css'
import { Timeline } from './Timeline.tsx'

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
  const detail = stageDetail(status, words)
  return (
    <section ref={bar} className={styles.bar} aria-label={strings.status.label}>
      <div className={styles.card} data-state={status.state}>
        <p className={styles.sentence}>
          <strong className={styles.stage}>
            {status.state === 'completed' && <Icon name="check" />}
            {stageName(status)}
          </strong>
          <span className={styles.detail}>
            {detail !== undefined && <span className="visually-hidden">: </span>}
            {detail}
          </span>
        </p>
        <ConnectionIndicator followed={followed} />
        <SessionActions session={session} status={status} segments={segments} asHeard={asHeard} />
        {!late && (
          <div className={styles.ruler}>
            <Timeline status={status} />
          </div>
        )}
      </div>
    </section>
  )
}
