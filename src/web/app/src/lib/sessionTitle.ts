import { isFinal } from '@playhead/live'
import type { SessionStatus } from '@playhead/session-status'
import { formats, strings } from '../strings/index.ts'
import { stageName } from './stages.ts'

/** What the tab says, most telling first: it may be all that is seen of the page. @param isSentHere - whether this tab sends its recording. */
export function sessionTitle(filename: string, status: SessionStatus, isSentHere = false): string {
  if (status.state === 'completed') return filename
  // What arrives is told of before the title of every page.
  if (isSentHere) return filename
  const telling = isFinal(status) || status.progress === null ? stageName(status) : formats.percent(status.progress)
  return strings.status.tabTitle(telling, filename)
}
