import { useEffect, useReducer } from 'react'
import type { Waiting } from '../api/uploads.tsx'
import { strings } from '../strings/index.ts'

/** The time left ticks as a clock does. */
const TICK_MS = 1_000

/** Why uploads wait, and for how long. It ticks while it is shown, and is no live region: the reason is said once. */
export function WaitingWords({ of: { why, until } }: { of: Waiting }) {
  const [now, tick] = useReducer(Date.now, undefined, Date.now)
  useEffect(() => {
    const timer = setInterval(tick, TICK_MS)
    return () => clearInterval(timer)
  }, [])
  const { waits, waitsFor } = strings.upload
  const left = Math.ceil((until - now) / 1_000)
  // When the network is back is not known, and a try takes a moment after its time has come.
  return <span>{why === 'offline' || left <= 0 ? waits[why] : waitsFor(waits[why], left)}</span>
}
