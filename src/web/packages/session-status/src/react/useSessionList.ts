import { useMemo } from 'react'
import { ALL_SESSIONS } from '../client.ts'
import type { TransportOption } from '../machine/state.ts'
import type { SessionStatus } from '../status.ts'
import { type FollowedConnection, useFollowed, withConnection } from './useFollowed.ts'
import type { ModeChange } from './useModeChange.ts'

/** Options of `useSessionList`. */
export interface UseSessionListOptions {
  /** Whether to follow. Default true. If false, no data is returned. */
  readonly enabled?: boolean
  /** The transport. Default `auto`. */
  readonly transport?: TransportOption
  /** Called when another mode than before delivers and has settled. */
  readonly onModeChange?: ((change: ModeChange) => void) | undefined
}

/** The list with its connection. */
export interface UseSessionList extends FollowedConnection {
  /** The newest status of each session, by id. One that ended stays; a deleted one is `canceled`. */
  readonly statuses: ReadonlyMap<string, SessionStatus>
}

const NONE: ReadonlyMap<string, SessionStatus> = new Map()

/**
 * Follows all of a person's sessions that are not final, and later ones, by one stream. If there can be no stream, the
 * newest page of the list is polled. Statuses are shared with the hooks that follow one session.
 */
export function useSessionList(options: UseSessionListOptions = {}): UseSessionList {
  const { enabled = true, transport = 'auto', onModeChange } = options
  const id = enabled ? ALL_SESSIONS : undefined
  const { snapshot, handle } = useFollowed(id, { transport, segments: false }, onModeChange)
  const { statuses = NONE, connection } = snapshot ?? {}
  return useMemo(() => withConnection({ statuses }, connection, handle), [statuses, connection, handle])
}
