import { isFinal } from '@playhead/live'
import type { SessionStatus } from '@playhead/session-status'
import { useEffect, useRef, useState } from 'react'
import { announcement } from '../lib/stages.ts'

/** Between two announcements: a reader of the page must be able to hear anything else. The end is said at once. */
const PAUSE_MS = 10_000

/** Says how far it is, for those who do not see it. A progress bar by itself is silent. */
export function Announcer({ status }: { status: SessionStatus }) {
  const [first] = useState(status)
  // What was over when the page was opened is no news.
  const text = status.version === first.version && isFinal(first) ? '' : announcement(status)
  const urgent = isFinal(status)
  const [said, setSaid] = useState('')
  const saidAt = useRef(Number.NEGATIVE_INFINITY)
  useEffect(() => {
    const wait = urgent ? 0 : Math.max(0, saidAt.current + PAUSE_MS - performance.now())
    const timer = setTimeout(() => {
      if (text !== '') saidAt.current = performance.now()
      setSaid(text)
    }, wait)
    return () => clearTimeout(timer)
  }, [text, urgent])
  return (
    <p className="visually-hidden" role="status" aria-atomic="true">
      {said}
    </p>
  )
}
