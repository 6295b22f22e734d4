import { isFinal } from '@playhead/live'
import type { SessionStatus } from '@playhead/session-status'
import type { CSSProperties } from 'react'
import { stageName } from '../lib/stages.ts'
import { useThrottled } from '../lib/useThrottled.ts'
import { strings } from '../strings/index.ts'
import styles from './Timeline.module.css'

/** Who listens to the page may have a bar read out at every change of its value. */
const VALUE_MS = 1_000

interface Props {
  readonly status: SessionStatus
  /** How it stands in words, where that is not its stage and how far it is. */
  readonly standing?: string | undefined
  /** Whether nothing comes at this moment, though it is not over: an upload that is paused, waits or failed. */
  readonly still?: boolean
}

/** The recording as a ruler, with the playhead where the work has come to. */
export function Timeline({ status, standing, still = false }: Props) {
  const { progress } = status
  const look = still ? 'still' : lookOf(status, progress)
  const share = useThrottled(progress === null ? undefined : Math.floor(progress * 100), VALUE_MS)
  const stage = stageName(status)
  const text = useThrottled(standing !== undefined ? standing : share === undefined ? stage : strings.status.stageAt(stage, share / 100), VALUE_MS)
  return (
    <div className={styles.timeline} data-look={look} style={{ '--progress': progress ?? 0 } as CSSProperties}>
      <div
        className={styles.track}
        role="progressbar"
        aria-label={strings.status.progress}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={share}
        aria-valuetext={text}
      >
        <div className={styles.played} />
      </div>
      <div className={styles.head} aria-hidden="true">
        <svg width="11" height="22" viewBox="0 0 11 22">
          <path d="M0 0h11L7 7v15H4V7z" />
        </svg>
      </div>
    </div>
  )
}

function lookOf(status: SessionStatus, progress: number | null): string {
  if (isFinal(status)) return progress === null ? 'stopped' : status.state
  if (progress !== null) return 'moving'
  return status.state === 'processing' ? 'preparing' : 'waiting'
}
