import type { Segment, SessionStatus } from '@playhead/session-status'
import { useState } from 'react'
import { isAgain } from './again.ts'

/**
 * The segments to show. Those of a new revision may come in pieces: until all are there the ones before stay, or whoever
 * reads far down would lose their place with the lines.
 */
export function useWholeText(segments: readonly Segment[], status: SessionStatus): readonly Segment[] {
  const [shown, setShown] = useState({ segments, revision: status.revision })
  const isOther = shown.segments.length > 0 && shown.segments[0] !== segments[0]
  const isPart = isAgain(status) || (status.revision !== shown.revision && segments.length < status.segments)
  if (isOther && isPart) return shown.segments
  if (shown.segments !== segments || shown.revision !== status.revision) setShown({ segments, revision: status.revision })
  return segments
}
