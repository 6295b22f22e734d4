import type { Connection } from '@playhead/live'
import { type ModeChange, useSettledMode } from '@playhead/live/react'
import { useClient } from './context.ts'

/**
 * Calls back when another mode than before delivers and has settled; not for a bridge between attempts or for flapping.
 *
 * @param id - the session of the connection; another session's mode is no change.
 */
export function useModeChange(connection: Connection, onModeChange?: (change: ModeChange) => void, id?: string): void {
  useSettledMode(useClient().env, connection, onModeChange, id)
}
