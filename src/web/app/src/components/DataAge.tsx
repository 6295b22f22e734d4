import type { FollowedConnection } from '@playhead/live/react'
import { useEffect, useReducer } from 'react'
import { formats, strings } from '../strings/index.ts'

/** An age in seconds ticks as a clock does. */
const TICK_MS = 1_000

/** How old the newest news are. It ticks while it is shown. */
export function DataAge({ of, short = false }: { of: FollowedConnection; short?: boolean }) {
  const [, tick] = useReducer((count: number) => count + 1, 0)
  useEffect(() => {
    const timer = setInterval(tick, TICK_MS)
    return () => clearInterval(timer)
  }, [])
  const { ageMs } = of
  if (ageMs === undefined) return null
  const age = formats.span(ageMs / 1_000)
  return <span>{short ? strings.connection.ageShort(age) : strings.connection.age(age)}</span>
}
