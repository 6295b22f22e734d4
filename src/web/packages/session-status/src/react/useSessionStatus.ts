import { useCallback, useEffect, useMemo, useRef, useSyncExternalStore } from 'react'
import type { Connection } from '../machine/connection.ts'
import { type Segment, type SessionStatus, newest } from '../status.ts'
import { DEFAULT_POLL_MS } from '../timing.ts'
import { useClient } from './context.ts'

export interface UseSessionStatusOptions {
  /** Whether to follow at all. Default true. */
  readonly enabled?: boolean
  /** Whether to follow the words as well. Default true. */
  readonly segments?: boolean
  /** A status that is known already; it is shown at once, and a newer one given later is taken over. */
  readonly initialStatus?: SessionStatus | undefined
}

export interface UseSessionStatus {
  readonly status: SessionStatus | undefined
  readonly segments: readonly Segment[]
  readonly connection: Connection
  /** Forgets past failures and tries at once. */
  readonly retryNow: () => void
}

const IDLE: Connection = {
  phase: 'idle',
  mode: 'none',
  reason: undefined,
  attempt: 0,
  pollMs: DEFAULT_POLL_MS,
  nextRetryAt: undefined,
}
const NO_SEGMENTS: readonly Segment[] = []
const nothing = () => {}

/**
 * Follows a session while the component is mounted: streamed where that works, polled where it does not.
 *
 * @param id - the session; undefined follows nothing.
 */
export function useSessionStatus(id: string | undefined, options: UseSessionStatusOptions = {}): UseSessionStatus {
  const { enabled = true, segments = true, initialStatus } = options
  const client = useClient()
  const followed = enabled ? id : undefined
  // The first status only starts a store; later ones must not tear it down.
  const known = initialStatus?.session_id === id ? initialStatus : undefined
  const latestKnown = useRef(known)
  useEffect(() => {
    latestKnown.current = known
    if (known !== undefined) client.accept(known)
  }, [client, known])

  const subscribe = useCallback(
    (listener: () => void) =>
      followed === undefined
        ? nothing
        : client.subscribe(followed, { segments, initialStatus: latestKnown.current }, listener),
    [client, followed, segments],
  )
  const read = () => (followed === undefined ? undefined : client.getSnapshot(followed, { segments }))
  const snapshot = useSyncExternalStore(subscribe, read, () => undefined)
  const retryNow = useCallback(() => {
    if (followed !== undefined) client.retryNow(followed)
  }, [client, followed])

  return useMemo(
    () => ({
      status: known === undefined ? snapshot?.status : newest(snapshot?.status, known),
      segments: snapshot?.segments ?? NO_SEGMENTS,
      connection: snapshot?.connection ?? IDLE,
      retryNow,
    }),
    [known, snapshot, retryNow],
  )
}
