import { isFinal } from '@playhead/live'
import type { SessionStatus } from '@playhead/session-status'
import { useEffect, useMemo, useRef, useState } from 'react'
import type { LiveSession } from '../api/liveSessions.ts'
import type { Session } from '../api/types.ts'
import { noteOf } from '../lib/notes.ts'
import { announcement } from '../lib/stages.ts'
import { againStrings } from '../strings/again.ts'

/** Between two announcements: a reader of the page must be able to hear anything else. The end is said at once. */
const PAUSE_MS = 10_000

/** Says how far it is, and each note that comes, for those who do not see it. A progress bar by itself is silent. */
export function Announcer({ session, status }: LiveSession) {
  const [first] = useState(status)
  const text = textOf(status, first)
  const notes = useMemo(() => notesOf(status, session), [status, session])
  const urgent = isFinal(status)
  const [said, setSaid] = useState('')
  const saidAt = useRef(Number.NEGATIVE_INFINITY)
  const saidText = useRef('')
  // What was there when the page was opened is no news.
  const known = useRef(new Set(notes.map(({ about }) => about)))
  useEffect(() => {
    const wait = urgent ? 0 : Math.max(0, saidAt.current + PAUSE_MS - performance.now())
    const timer = setTimeout(() => {
      const fresh = notes.filter(({ about }) => !known.current.has(about))
      const isSaid = text === saidText.current
      if (isSaid && fresh.length === 0) return
      for (const { about } of fresh) known.current.add(about)
      saidText.current = text
      const sentences = fresh.map(({ sentence }) => sentence)
      // How far it is has no full stop, and so comes last.
      const words = (urgent ? [isSaid ? '' : text, ...sentences] : [...sentences, isSaid ? '' : text]).filter(Boolean).join(' ')
      if (words !== '') saidAt.current = performance.now()
      setSaid(words)
    }, wait)
    return () => clearTimeout(timer)
  }, [text, urgent, notes])
  return (
    <p className="visually-hidden" role="status" aria-atomic="true">
      {said}
    </p>
  )
}

function textOf(status: SessionStatus, first: SessionStatus): string {
  // What was over when the page was opened is no news.
  if (status.version === first.version && isFinal(first)) return ''
  const isOther = (status.revision ?? 0) > (first.revision ?? 0)
  return isOther && status.state === 'completed' ? againStrings.shown : announcement(status)
}

/** Each note, and what it is about: its words change when more of the session is known, and those of another text are news. */
function notesOf({ warnings = [], revision = 0 }: SessionStatus, session: Session) {
  return warnings.map((warning) => ({ about: `${revision} ${warning.code}`, sentence: noteOf(warning, session).sentence }))
}
