import type { TransportOption } from '@playhead/live'
import { type FollowedConnection, type UseJobOptions, useFollowedJob, withConnection } from '@playhead/live/react'
import { useMemo } from 'react'
import { sessionIdOf } from '../client.ts'
import type { Segment } from '../segments.ts'
import type { SessionStatus } from '../status.ts'
import { useClient } from './context.ts'

/** Options of `useTranscriptionStatus`. */
export interface UseTranscriptionStatusOptions
  extends Pick<UseJobOptions<SessionStatus>, 'enabled' | 'onComplete' | 'onModeChange'> {
  /** Whether to follow the segments as well. Default true. */
  readonly segments?: boolean
  /** A status that you already have; it is returned at once, and a newer one passed later is used, too. */
  readonly initialStatus?: SessionStatus | undefined
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
  { segments: wanted = true, initialStatus, ...options }: UseTranscriptionStatusOptions = {},
): UseTranscriptionStatus {
  const followed = useFollowedJob(useClient().live, id, sessionIdOf, {
    ...options,
    transport,
    companion: wanted,
    initialJob: initialStatus,
  })
  const { job: status, connection, handle } = followed
  const segments = (wanted ? followed.companion : undefined) ?? NO_SEGMENTS
  return useMemo(() => {
    const session = { status, version: status?.version, segments, error: status?.error ?? null }
    return withConnection(session, connection, handle)
  }, [status, segments, connection, handle])
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
