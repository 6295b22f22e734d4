import type { Connection } from '@playhead/session-status'
import { useEffect, useRef, useState } from 'react'

/** One lost connection and its first retries are over by then, and need no words. */
const GRACE_MS = 5_000

/** What is said at all stays for as long as it takes to read it. */
const SAID_MS = 1_500

/** The trouble to speak of, if there is any: one that has lasted, and stays until it could be read. */
export function useTrouble(connection: Connection): Connection | undefined {
  const trouble = isTrouble(connection)
  const [last, setLast] = useState(connection)
  const [said, setSaid] = useState(false)
  const saidAt = useRef(0)
  if (trouble && last !== connection) setLast(connection)

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

/** Whether the news come otherwise than by a stream, or late, or not at all. A page that nobody sees has no trouble. */
function isTrouble({ phase, reason, behindMs }: Connection): boolean {
  if (phase === 'live') return behindMs > 0
  if (phase === 'paused') return reason === 'offline'
  return phase === 'connecting' || phase === 'retrying' || phase === 'polling'
}
