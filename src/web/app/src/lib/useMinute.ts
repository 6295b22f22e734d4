import { useEffect, useReducer } from 'react'

const MINUTE_MS = 60_000

/** Now, in ms since 1970, anew each minute: "today" becomes "yesterday" also on a page that stays open. */
export function useMinute(): number {
  const [now, tick] = useReducer(Date.now, undefined, Date.now)
  useEffect(() => {
    const timer = setInterval(tick, MINUTE_MS)
    return () => clearInterval(timer)
  }, [])
  return now
}
