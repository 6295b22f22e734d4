import { type SessionStatus, isFinal } from '@playhead/session-status'
import { percent } from './format.ts'
import { stageName } from './stages.ts'

/** What the tab says, most telling first: it may be all that is seen of the page. */
export function sessionTitle(filename: string, status: SessionStatus): string {
  if (status.state === 'completed') return filename
  if (isFinal(status) || status.progress === null) return `${stageName(status)} · ${filename}`
  return `${percent(status.progress)} · ${filename}`
}
