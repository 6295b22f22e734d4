import { useEffect, useState } from 'react'

/** An age in seconds ticks as a clock does. */
const TICK_MS = 1_000

/** How many seconds ago it was. @param at - in ms since 1970. */
export function useAge(at: number): number {
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), TICK_MS)
    return () => clearInterval(timer)
  }, [])
  return Math.max(0, Math.round((now - at) / 1_000))
}
