import type { Connection } from '@playhead/session-status'
import { type ModeChange, useModeChange } from '@playhead/session-status/react'
import { useCallback, useEffect, useState } from 'react'
import { strings } from '../strings/index.ts'
import { connectionReason } from './connectionWords.ts'

/** Long enough to read two sentences twice; the indicator goes on saying the same. */
const SHOWN_MS = 12_000

/**
 * What to tell the reader when live updates have ended or begun: once, for a while, and no longer than it is true. Later
 * changes are for the indicator alone.
 */
export function useModeNotice(connection: Connection) {
  /** Empty once it has been said. */
  const [text, setText] = useState<string>()
  const dismiss = useCallback(() => setText(''), [])

  useModeChange(connection, ({ from, to, reason }: ModeChange) => {
    // The ways of polling are one to the reader; and what they chose is no news to them.
    if ((from === 'stream') === (to === 'stream') || reason === 'manual') return
    setText((before) => (before === undefined ? textOf(connection) : ''))
  })

  useEffect(() => {
    if (!text) return
    const timer = setTimeout(dismiss, SHOWN_MS)
    return () => clearTimeout(timer)
  }, [text, dismiss])

  return { text: text === '' ? undefined : text, dismiss }
}

function textOf(connection: Connection): string {
  const words = strings.connection.changed
  if (connection.mode === 'stream') return words.live
  const instead = connection.mode === 'wait' ? words.waiting : words.polling(connection.pollMs)
  const why = words.ended[connection.reason ?? ''] ?? connectionReason(connection, true)
  return `${why} ${instead}`
}
