import type { Connection } from '@playhead/live'
import { useEffect, useRef, useState } from 'react'

/** One lost connection and its first retries are over by then, and need no words. */
const GRACE_MS = 5_000

/** What is said at all stays for as long as it takes to read it. */
const SAID_MS = 1_500

/** The reasons that a turned flag ends. */
const FLAGS: ReadonlySet<Connection['reason']> = new Set(['flag_off', 'kill_switch', 'flags_unavailable'])

/** The trouble to speak of, if there is any: one that has lasted, and stays until it could be read. */
export function useTrouble(connection: Connection): Connection | undefined {
  const trouble = isTrouble(connection)
  const [last, setLast] = useState(connection)
  const [said, setSaid] = useState(false)
  const saidAt = useRef(0)
  const latest = useRef(connection)
  useEffect(() => {
    latest.current = connection
  })
  const hold = said && isSwitchedOn(last, connection)
  if (trouble && !hold && last !== connection) setLast(connection)

  // A stream that is still not open by then is worth a word.
  useEffect(() => {
    if (!hold) return
    const timer = setTimeout(() => setLast(latest.current), GRACE_MS)
    return () => clearTimeout(timer)
  }, [hold])

  useEffect(() => {
    if (trouble === said) return
    const wait = trouble ? GRACE_MS : Math.max(0, saidAt.current + SAID_MS - performance.now())
    const timer = setTimeout(() => {
      saidAt.current = performance.now()
      setSaid(trouble)
    }, wait)
    return () => clearTimeout(timer)
  }, [trouble, said])

  return said ? last : undefined
}

/** Whether a stream is being opened for one who was not allowed any: an improvement, and no lost connection. */
function isSwitchedOn(last: Connection, { phase }: Connection): boolean {
  return phase === 'connecting' && last.phase === 'polling' && FLAGS.has(last.reason)
}

/** Whether the news come otherwise than by a stream, or late, or not at all. A page that nobody sees has no trouble. */
function isTrouble({ phase, reason, behindMs }: Connection): boolean {
  if (phase === 'live') return behindMs > 0
  if (phase === 'paused') return reason === 'offline'
  return phase === 'connecting' || phase === 'retrying' || phase === 'polling'
}
