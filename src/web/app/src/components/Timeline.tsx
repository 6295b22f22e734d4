import { type SessionStatus, isFinal } from '@playhead/session-status'
import type { CSSProperties } from 'react'
import { stageName } from '../lib/stages.ts'
import { formats, strings } from '../strings/index.ts'
import styles from './Timeline.module.css'

/** The recording as a ruler, with the playhead where the work has come to. */
export function Timeline({ status, duration }: { status: SessionStatus; duration: number | null }) {
  const { progress } = status
  const known = progress !== null
  const over = isFinal(status)
  const look = over ? status.state : known ? 'moving' : status.state === 'processing' ? 'preparing' : 'waiting'
  return (
    <div className={styles.timeline} data-look={look} style={{ '--progress': progress ?? 0 } as CSSProperties}>
      <div
        className={styles.track}
        role="progressbar"
        aria-label={strings.status.progress}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={known ? Math.floor(progress * 100) : undefined}
        aria-valuetext={known ? strings.status.stageAt(stageName(status), progress) : stageName(status)}
      >
        <div className={styles.played} />
      </div>
      <div className={styles.head} aria-hidden="true">
        <svg width="13" height="34" viewBox="0 0 13 34">
          <path d="M0 0h13L8 8v26H5V8z" />
        </svg>
      </div>
      {duration !== null && (
        <div className={styles.ends}>
          <span>{formats.clock(0)}</span>
          <span>{formats.clock(duration)}</span>
        </div>
      )}
    </div>
  )
}
