import { isFinal } from '@playhead/live'
import type { SessionStatus } from '@playhead/session-status'
import { formats, strings } from '../strings/index.ts'
import { stageName } from './stages.ts'

/** What the tab says, most telling first: it may be all that is seen of the page. */
export function sessionTitle(filename: string, status: SessionStatus): string {
  if (status.state === 'completed') return filename
  const telling = isFinal(status) || status.progress === null ? stageName(status) : formats.percent(status.progress)
  return strings.status.tabTitle(telling, filename)
}
