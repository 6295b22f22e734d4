import { useEffect, useMemo, useRef } from 'react'
import { type Segment, type SessionStatus, isFinal, newest } from '../status.ts'
import type { TransportOption } from '../machine/state.ts'
import { useClient } from './context.ts'
import { type FollowedConnection, useFollowed, withConnection } from './useFollowed.ts'
import { useLatest } from './useLatest.ts'
import type { ModeChange } from './useModeChange.ts'

/** What a component wants of a session. */
export interface UseTranscriptionStatusOptions {
  /** Whether to follow at all. Default true. What is not followed is not known: nothing is returned of it. */
  readonly enabled?: boolean
  /** Whether to follow the words as well. Default true. */
  readonly segments?: boolean
  /** A status that is known already; it is shown at once, and a newer one given later is taken over. */
  readonly initialStatus?: SessionStatus | undefined
  /**
   * Called when the session is seen to end, with its final status: completed, failed or canceled. Once, and only when a
   * payload says so. Not for a session that was final when it was first seen; once more after a retry.
   */
  readonly onComplete?: ((status: SessionStatus) => void) | undefined
  /** Called when another mode than before delivers, once it has settled. */
  readonly onModeChange?: ((change: ModeChange) => void) | undefined
}

/** A session, live, and how the news of it come. */
export interface UseTranscriptionStatus extends FollowedConnection {
  /** The newest that is known, from wherever. */
  readonly status: SessionStatus | undefined
  /** Of the newest status; grows with every change. */
  readonly version: number | undefined
  /** The transcript so far: in order, without holes. */
  readonly segments: readonly Segment[]
  /** Why the session failed, if it did. Trouble with the connection is in `reason`. */
  readonly error: SessionStatus['error']
}

const NO_SEGMENTS: readonly Segment[] = []

function useTranscription(
  id: string | undefined,
  transport: TransportOption,
  options: UseTranscriptionStatusOptions = {},
): UseTranscriptionStatus {
  const { enabled = true, segments = true, initialStatus, onComplete, onModeChange } = options
  const client = useClient()
  const known = initialStatus?.session_id === id ? initialStatus : undefined
  const follow = { transport, segments, initialStatus: known }
  const { snapshot, handle } = useFollowed(enabled ? id : undefined, follow, onModeChange)
  useEffect(() => {
    if (known !== undefined) client.accept(known)
  }, [client, known])
  const status = known === undefined ? snapshot?.status : newest(snapshot?.status, known)
  useComplete(status, onComplete)
  const words = (segments ? snapshot?.segments : undefined) ?? NO_SEGMENTS
  const connection = snapshot?.connection
  return useMemo(() => {
    const session = { status, version: status?.version, segments: words, error: status?.error ?? null }
    return withConnection(session, connection, handle)
  }, [status, words, connection, handle])
}

function useComplete(status: SessionStatus | undefined, onComplete?: (status: SessionStatus) => void) {
  const unfinished = useRef<string>(undefined)
  const callback = useLatest(onComplete)
  useEffect(() => {
    if (status === undefined) return
    if (!isFinal(status)) {
      unfinished.current = status.session_id
    } else if (unfinished.current === status.session_id) {
      unfinished.current = undefined
      callback.current?.(status)
    }
  }, [status, callback])
}

/**
 * Follows a session while the component is mounted: streamed where that works, polled where it does not.
 *
 * @param id - the session; undefined follows nothing.
 */
export function useTranscriptionStatus(
  id: string | undefined,
  options?: UseTranscriptionStatusOptions,
): UseTranscriptionStatus {
  return useTranscription(id, 'auto', options)
}

/** As `useTranscriptionStatus`, by the stream alone: never polls for good. One request tells why a stream failed. */
export function useTranscriptionStatusSSE(
  id: string | undefined,
  options?: UseTranscriptionStatusOptions,
): UseTranscriptionStatus {
  return useTranscription(id, 'stream', options)
}

/** As `useTranscriptionStatus`, by polling alone. */
export function useTranscriptionStatusPolling(
  id: string | undefined,
  options?: UseTranscriptionStatusOptions,
): UseTranscriptionStatus {
  return useTranscription(id, 'poll', options)
}
