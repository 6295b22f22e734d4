import { useEffect, useState } from 'react'
import { progressAt } from '../progress.ts'
import { type SessionStatus, isFinal } from '../status.ts'
import { useClient } from './context.ts'

/** How often the bar moves: a CSS transition of this length does the rest, at a quarter of the cost of four ticks. */
const TICK_MS = 1_000

/**
 * The progress to show: it moves on between two statuses, never backwards while an attempt goes on, and is 1 only when the
 * session is completed. One that failed or was canceled is where the last status says. It rests while the page is hidden,
 * and keeps to what was said for who asked for less motion.
 */
export function useSmoothProgress(status: SessionStatus | undefined): number | null {
  const { env } = useClient()
  const attempt = `${status?.session_id} ${status?.attempt}`
  const [moved, setMoved] = useState({ attempt, most: 0 })
  useEffect(() => {
    if (status === undefined || status.progress === null || isFinal(status) || env.reducedMotion()) return
    const cameAt = env.now()
    let undo = env.after(TICK_MS, tick)
    function tick() {
      undo = env.after(TICK_MS, tick)
      const now = status && progressAt(status, env.now() - cameAt)
      if (typeof now !== 'number' || env.presence() !== 'shown') return
      setMoved((before) => {
        const most = before.attempt === attempt ? before.most : 0
        return now > most ? { attempt, most: now } : before
      })
    }
    return () => undo()
  }, [env, status, attempt])
  const said = status?.progress ?? null
  // What was carried on counts only while there may be more to come.
  const isMoving = status !== undefined && !isFinal(status) && moved.attempt === attempt
  return said === null || !isMoving ? said : Math.max(said, moved.most)
}
