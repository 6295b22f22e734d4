import { useEffect, useRef } from 'react'
import type { Connection } from '../machine/connection.ts'
import { SETTLED_MS } from '../timing.ts'
import { useClient } from './context.ts'
import { useLatest } from './useLatest.ts'

/** Another mode delivers than before. */
export interface ModeChange {
  readonly from: Connection['mode']
  readonly to: Connection['mode']
  /** Why it is not a stream. */
  readonly reason: Connection['reason']
}

/** Calls back when another mode than before delivers and has settled: not for a bridge between attempts, nor for flapping. */
export function useModeChange(connection: Connection, onModeChange?: (change: ModeChange) => void): void {
  const { env } = useClient()
  const { phase, mode, reason } = connection
  const before = useRef<Connection['mode']>(undefined)
  const callback = useLatest(onModeChange)
  const delivers = phase === 'live' || phase === 'polling'
  useEffect(() => {
    if (!delivers || mode === before.current) return
    return env.after(SETTLED_MS, () => {
      const from = before.current
      before.current = mode
      if (from !== undefined) callback.current?.({ from, to: mode, reason })
    })
  }, [env, delivers, mode, reason, callback])
}
