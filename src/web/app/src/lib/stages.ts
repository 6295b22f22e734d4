import type { SessionStatus } from '@playhead/session-status'
import { strings } from '../strings/index.ts'

/** The name of a stage; one this page does not know yet is shown by its own word. */
export function stageName({ stage, next_revision }: Pick<SessionStatus, 'stage' | 'next_revision'>): string {
  if (stage === 'transcribing' && next_revision !== undefined) return strings.status.again
  return strings.stages[stage] ?? stage.replaceAll('_', ' ')
}

/** Whether what is still to come of a session is its recording. A canary's state is `uploading` in other stages as well. */
export function isUploading({ state, stage }: Pick<SessionStatus, 'state' | 'stage'>): boolean {
  return state === 'uploading' && stage === 'uploading'
}

/** Whether the service would take the session up again: not what would fail again. */
export function canRetry({ state, error }: Pick<SessionStatus, 'state' | 'error'>): boolean {
  return state === 'canceled' || (state === 'failed' && error?.retryable !== false)
}

/**
 * What a status says besides the name of its stage. Of a stage this page does not know yet, the server's own sentence.
 *
 * @param words - how many words the whole transcript has, where that is known.
 */
export function stageDetail(status: SessionStatus, words?: number): string | undefined {
  const { stage, message } = status
  return stage in strings.details ? strings.details[stage]?.(status, words) : message
}

/** What is said aloud. It changes at each stage and at each quarter, and so is said only then. */
export function announcement(status: SessionStatus): string {
  if (status.state === 'completed') return strings.status.announceCompleted
  if (status.state === 'canceled') return strings.status.announceCanceled
  // Said by the alert.
  if (status.state === 'failed') return ''
  const quarters = status.progress === null ? 0 : Math.floor(status.progress * 4)
  return quarters > 0 ? strings.status.announce(stageName(status), quarters / 4) : stageName(status)
}
