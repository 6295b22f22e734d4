import type { Connection } from '@playhead/session-status'
import { useState } from 'react'
import { useHeld } from '../lib/useHeld.ts'
import { strings } from '../strings/index.ts'
import styles from './ConnectionIndicator.module.css'

/** One lost connection and its first retries are over by then, and need no words. */
const GRACE_MS = 5_000

/** How the page hears of news: small while all is well, in words once it is not. */
export function ConnectionIndicator({ connection }: { connection: Connection }) {
  const healthy = connection.phase === 'live' || connection.phase === 'polling'
  const offline = connection.phase === 'paused' && connection.reason === 'offline'
  const trouble = offline || connection.phase === 'connecting' || connection.phase === 'retrying'
  const lasting = useHeld(trouble, GRACE_MS)
  const [settled, setSettled] = useState<Connection>()
  if (healthy && settled !== connection) setSettled(connection)

  const shown = lasting ? connection : trouble ? settled : healthy ? connection : undefined
  if (shown === undefined) return null
  return (
    <p className={styles.indicator} data-phase={shown.phase} title={strings.connection.why[shown.reason ?? '']}>
      {labelOf(shown)}
    </p>
  )
}

function labelOf({ phase, mode, reason, pollMs }: Connection): string {
  const words = strings.connection
  if (phase === 'live') return words.live
  if (phase === 'polling') return mode === 'wait' ? words.waiting : words.polling(pollMs)
  return reason === 'offline' ? words.offline : words.reconnecting
}
