import { useEffect, useMemo, useRef } from 'react'
import { type Segment, type SessionStatus, isFinal, newest } from '../status.ts'
import type { TransportOption } from '../machine/state.ts'
import { useClient } from './context.ts'
import { type FollowedConnection, useFollowed, withConnection } from './useFollowed.ts'
import { useLatest } from './useLatest.ts'
import type { ModeChange } from './useModeChange.ts'

/** Options of `useTranscriptionStatus`. */
export interface UseTranscriptionStatusOptions {
  /** Whether to follow. Default true. If false, no data is returned. */
  readonly enabled?: boolean
  /** Whether to follow the segments as well. Default true. */
  readonly segments?: boolean
  /** A status that you already have; it is returned at once, and a newer one passed later is used, too. */
  readonly initialStatus?: SessionStatus | undefined
  /**
   * Called with the final status when the session ends: completed, failed or canceled. Once, and only for a received
   * status; not for a session that was final from the start; once more after a retry.
   */
  readonly onComplete?: ((status: SessionStatus) => void) | undefined
  /** Called when another mode than before delivers and has settled. */
  readonly onModeChange?: ((change: ModeChange) => void) | undefined
}

/** A session with its connection. */
export interface UseTranscriptionStatus extends FollowedConnection {
  /** The newest status, from any source. */
  readonly status: SessionStatus | undefined
  /** The version of the newest status; grows with every change. */
  readonly version: number | undefined
  /** The segments so far, in order and without holes. */
  readonly segments: readonly Segment[]
  /** Why the session failed, if it did. For trouble with the connection see `reason`. */
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
  const given = initialStatus?.session_id === id ? initialStatus : undefined
  const follow = { transport, segments, initialStatus: given }
  const { snapshot, handle } = useFollowed(enabled ? id : undefined, follow, onModeChange)
  useEffect(() => {
    if (given !== undefined) client.accept(given)
  }, [client, given])
  const status = given === undefined ? snapshot?.status : newest(snapshot?.status, given)
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
 * Follows a session while the component is mounted: streams if that works, and polls otherwise.
 *
 * @param id - the session; undefined follows nothing.
 */
export function useTranscriptionStatus(
  id: string | undefined,
  options?: UseTranscriptionStatusOptions,
): UseTranscriptionStatus {
  return useTranscription(id, 'auto', options)
}

/** As `useTranscriptionStatus`, with the stream only: never polls for good. One request finds why a stream failed. */
export function useTranscriptionStatusSSE(
  id: string | undefined,
  options?: UseTranscriptionStatusOptions,
): UseTranscriptionStatus {
  return useTranscription(id, 'stream', options)
}

/** As `useTranscriptionStatus`, with polling only. */
export function useTranscriptionStatusPolling(
  id: string | undefined,
  options?: UseTranscriptionStatusOptions,
): UseTranscriptionStatus {
  return useTranscription(id, 'poll', options)
}
