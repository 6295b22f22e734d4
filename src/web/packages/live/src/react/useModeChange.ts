import { useEffect, useRef } from 'react'
import type { Env } from '../env.ts'
import type { Connection } from '../machine/connection.ts'
import { SETTLED_MS } from '../timing.ts'
import { useClient } from './context.ts'
import { useLatest } from './useLatest.ts'

/** A change of the mode that delivers. */
export interface ModeChange {
  readonly from: Connection['mode']
  readonly to: Connection['mode']
  /** Why it is not a stream. */
  readonly reason: Connection['reason']
}

/**
 * Calls back when another mode than before delivers and has settled; not for a bridge between attempts or for flapping.
 *
 * @param id - the job of the connection; another job's mode is no change.
 */
export function useModeChange(
  connection: Connection,
  onModeChange?: (change: ModeChange) => void,
  id?: string,
): void {
  useSettledMode(useClient().env, connection, onModeChange, id)
}

/** As `useModeChange`, with the timers of this environment. */
export function useSettledMode(
  env: Env,
  connection: Connection,
  onModeChange?: (change: ModeChange) => void,
  id?: string,
): void {
  const { phase, mode, reason } = connection
  const before = useRef<{ readonly id: string | undefined; readonly mode: Connection['mode'] }>(undefined)
  const callback = useLatest(onModeChange)
  const delivers = phase === 'live' || phase === 'polling'
  useEffect(() => {
    const previous = before.current?.id === id ? before.current : undefined
    if (!delivers || mode === previous?.mode) return
    return env.after(SETTLED_MS, () => {
      before.current = { id, mode }
      if (previous !== undefined) callback.current?.({ from: previous.mode, to: mode, reason })
    })
  }, [env, id, delivers, mode, reason, callback])
}
