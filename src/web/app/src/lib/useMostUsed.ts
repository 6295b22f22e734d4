import { useClient } from '@playhead/session-status/react'
import { useEffect, useRef, useSyncExternalStore } from 'react'

interface Spent {
  /** The mode for which most of the time was spent. */
  readonly mode: string
  readonly totalMs: number
}

/** Adds up for how long each mode was in use while the page was shown and `counts`; the result is of that moment. */
export function useMostUsed(mode: string, counts: boolean): () => Spent {
  const { env } = useClient()
  const shown = useSyncExternalStore(
    (run) => env.onChange(run),
    () => env.presence() === 'shown',
  )
  const spent = useRef(new Map<string, number>())
  useEffect(() => {
    if (!counts || !shown) return
    const since = env.now()
    const held = spent.current
    return () => void held.set(mode, (held.get(mode) ?? 0) + env.now() - since)
  }, [env, mode, counts, shown])
  return () => {
    const times = [...spent.current].toSorted(([, one], [, other]) => other - one)
    return { mode: times[0]?.[0] ?? 'none', totalMs: times.reduce((sum, [, ms]) => sum + ms, 0) }
  }
}
