import { type Connection, isFinal } from '@playhead/live'
import { useEffect, useMemo, useRef, useState } from 'react'
import { statusAt } from '../progress.ts'
import type { SessionStatus } from '../status.ts'
import { useClient } from './context.ts'

/** Between two updates; a CSS transition of this length does the rest, at a quarter of the cost of four updates. */
const TICK_MS = 1_000

/**
 * Returns the status extrapolated to now, so that percentage, position, time left and bar of a session agree.
 *
 * Progress never falls within an attempt, and is 1 only when the session is completed. A final status is returned as it is.
 * Nothing moves while the page is hidden, or while the connection is stale, offline or failed.
 *
 * @param status - the newest; undefined returns undefined.
 * @param connection - the result of the hook that follows the session; without it the status always moves.
 */
export function useCarriedStatus<S extends SessionStatus | undefined>(status: S, connection?: Connection): S | SessionStatus {
  const { env } = useClient()
  const attempt = `${status?.session_id} ${status?.attempt}`
  const [shown, setShown] = useState({ status: status as SessionStatus | undefined, attempt, ageMs: 0, progress: 0 })
  const isNew = shown.status !== status
  const ageMs = isNew ? 0 : shown.ageMs
  const least = shown.attempt === attempt ? shown.progress : 0
  const age = useRef(ageMs)
  useEffect(() => {
    age.current = ageMs
  })
  const isFrozen = connection?.isStale === true || connection?.reason === 'offline' || connection?.phase === 'failed'
  const isMoving = status !== undefined && !isFinal(status) && !isFrozen
  useEffect(() => {
    if (!isMoving) return
    const startedAt = env.now() - age.current
    let undo = env.after(TICK_MS, tick)
    function tick() {
      undo = env.after(TICK_MS, tick)
      if (env.presence() !== 'shown') return
      const now = env.now() - startedAt
      setShown((before) => {
        const from = before.attempt === attempt ? before.progress : 0
        return { status, attempt, ageMs: now, progress: (status && statusAt(status, now, from).progress) ?? from }
      })
    }
    return () => undo()
  }, [env, status, attempt, isMoving])
  return useMemo(() => status && statusAt(status, ageMs, least), [status, ageMs, least])
}
