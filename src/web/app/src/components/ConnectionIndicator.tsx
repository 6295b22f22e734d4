import type { Connection } from '@playhead/session-status'
import { useState } from 'react'
import { useHeld } from '../lib/useHeld.ts'
import styles from './ConnectionIndicator.module.css'

/** One lost connection and its first retries are over by then, and need no words. */
const GRACE_MS = 5_000

const WHY: Readonly<Record<string, string>> = {
  flag_off: 'Live updates are not switched on for you yet.',
  kill_switch: 'Live updates are switched off for the moment.',
  flags_unavailable: 'The server cannot tell at the moment whether you may have live updates.',
  buffered: 'Something between you and the server holds live updates back.',
  mute: 'Something between you and the server holds live updates back.',
  stalled: 'Live updates stopped coming.',
  at_capacity: 'The server has no room for another live connection.',
  unsupported: 'This browser cannot receive live updates.',
}

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
    <p className={styles.indicator} data-phase={shown.phase} title={WHY[shown.reason ?? '']}>
      {labelOf(shown)}
    </p>
  )
}

function labelOf({ phase, mode, reason, pollMs }: Connection): string {
  if (phase === 'live') return 'Live'
  if (phase === 'polling') return mode === 'wait' ? 'Checking for changes' : `Checking every ${Math.round(pollMs / 1000)} s`
  return reason === 'offline' ? 'Offline, resumes by itself' : 'Reconnecting…'
}
