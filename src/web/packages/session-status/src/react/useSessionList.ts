import { useMemo } from 'react'
import { ALL_SESSIONS } from '../client.ts'
import type { TransportOption } from '../machine/state.ts'
import type { SessionStatus } from '../status.ts'
import { type FollowedConnection, useFollowed, withConnection } from './useFollowed.ts'
import type { ModeChange } from './useModeChange.ts'

/** What a component wants of the list. */
export interface UseSessionListOptions {
  /** Whether to follow at all. Default true. What is not followed is not known: nothing is returned of it. */
  readonly enabled?: boolean
  /** What to follow by. Default `auto`. */
  readonly transport?: TransportOption
  /** Called when another mode than before delivers, once it has settled. */
  readonly onModeChange?: ((change: ModeChange) => void) | undefined
}

/** The list, live, and how the news of it come. */
export interface UseSessionList extends FollowedConnection {
  /** The newest status of each session heard of, by its id. One that ended stays; a deleted one is `canceled`. */
  readonly statuses: ReadonlyMap<string, SessionStatus>
}

const NONE: ReadonlyMap<string, SessionStatus> = new Map()

/**
 * Follows all of a person's sessions that are not final, and those to come, by one stream however many there are.
 * Where there can be no stream, the newest page of the list is polled. What a followed session learns is known here
 * as well, and the other way round.
 */
export function useSessionList(options: UseSessionListOptions = {}): UseSessionList {
  const { enabled = true, transport = 'auto', onModeChange } = options
  const id = enabled ? ALL_SESSIONS : undefined
  const { snapshot, handle } = useFollowed(id, { transport, segments: false }, onModeChange)
  const { statuses = NONE, connection } = snapshot ?? {}
  return useMemo(() => withConnection({ statuses }, connection, handle), [statuses, connection, handle])
}
