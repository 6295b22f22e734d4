import type { Connection } from '@playhead/live'
import type { FollowedConnection } from '@playhead/live/react'
import { vi } from 'vitest'

/** A connection that is live unless told otherwise, with spies for what can be done about it. */
export function connectionOf(changes: Partial<Connection> = {}, ageMs?: number): FollowedConnection {
  const connection: Connection = {
    phase: 'live',
    mode: 'stream',
    connectionState: 'connected',
    reason: undefined,
    attempt: 0,
    pollMs: 3_000,
    nextRetryAt: undefined,
    isStale: false,
    behindMs: 0,
    ...changes,
  }
  return { ...connection, connection, lastEventAt: undefined, ageMs, retryNow: vi.fn(), usePolling: vi.fn() }
}
