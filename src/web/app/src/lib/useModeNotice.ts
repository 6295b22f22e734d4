import type { Connection } from '@playhead/live'
import type { SessionStatusClient } from '@playhead/session-status'
import type { ModeChange } from '@playhead/live/react'
import { useClient, useModeChange } from '@playhead/session-status/react'
import { useCallback, useEffect, useRef, useState } from 'react'
import { strings } from '../strings/index.ts'
import { connectionReason } from './connectionWords.ts'

/** Long enough to read two sentences twice; the indicator goes on saying the same. */
const SHOWN_MS = 12_000

/** As long as a change of the way has to last before it is one: what begins by polling may be live in a moment. */
const SETTLED_MS = 5_000

/** Who was told at the start, and with which reason: not every page says it again. */
const told = new WeakMap<SessionStatusClient, Connection['reason']>()

/**
 * What to tell the reader when the page starts out by polling, and when live updates have ended or begun: each once, for a
 * while, and no longer than it is true. Later changes are for the indicator alone.
 */
export function useModeNotice(connection: Connection) {
  const [text, setText] = useState<string>()
  const changed = useRef(false)
  const dismiss = useCallback(() => setText(undefined), [])

  useStartByPolling(connection, setText)
  useModeChange(connection, ({ from, to, reason }: ModeChange) => {
    // The ways of polling are one to the reader; and what they chose is no news to them.
    if ((from === 'stream') === (to === 'stream') || reason === 'manual') return
    setText(changed.current ? undefined : textOf(connection))
    changed.current = true
  })

  useEffect(() => {
    if (text === undefined) return
    const timer = setTimeout(dismiss, SHOWN_MS)
    return () => clearTimeout(timer)
  }, [text, dismiss])

  return { text, dismiss }
}

/** Calls back once the page has polled for a while, without having been live for as long, and for another reason than before. */
function useStartByPolling(connection: Connection, tell: (text: string) => void) {
  const client = useClient()
  const { phase, reason } = connection
  const latest = useRef(connection)
  const begun = useRef(false)
  const starts = phase === 'polling' && reason !== 'manual'
  useEffect(() => {
    latest.current = connection
  })
  useEffect(() => {
    if (phase !== 'live') return
    return client.env.after(SETTLED_MS, () => {
      begun.current = true
    })
  }, [client, phase])
  useEffect(() => {
    if (!starts || begun.current || told.get(client) === reason) return
    return client.env.after(SETTLED_MS, () => {
      told.set(client, reason)
      begun.current = true
      tell(textOf(latest.current, false))
    })
  }, [client, starts, reason, tell])
}

function textOf(connection: Connection, hadLive = true): string {
  const words = strings.connection.changed
  if (connection.mode === 'stream') return words.live
  const instead = connection.mode === 'wait' ? words.waiting : words.polling(connection.pollMs)
  const ended = hadLive ? words.ended[connection.reason ?? ''] : undefined
  const why = ended ?? connectionReason(connection, true)
  return `${why} ${instead}`
}
