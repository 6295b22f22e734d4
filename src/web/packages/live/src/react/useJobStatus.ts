import { useEffect, useMemo } from 'react'
import type { LiveClient } from '../client.ts'
import { type Job, type JobError, type LiveDocument, isNewer } from '../job.ts'
import type { TransportOption } from '../machine/state.ts'
import { useClient } from './context.ts'
import { useComplete } from './useComplete.ts'
import { type FollowedConnection, useFollowed, withConnection } from './useFollowed.ts'
import type { ModeChange } from './useModeChange.ts'

/** Options of the hooks that follow one job, whose document is `D`. */
export interface UseJobOptions<D> {
  /** Whether to follow. Default true. If false, no data is returned. */
  readonly enabled?: boolean
  /** `auto` streams if that works and polls otherwise, `stream` never polls for good, `poll` never streams. Default `auto`. */
  readonly transport?: TransportOption
  /** Whether to follow the companion as well, if the client has one. Default true. */
  readonly companion?: boolean
  /** A document that you already have; it is returned at once, and a newer one passed later is used, too. */
  readonly initialJob?: D | undefined
  /**
   * Called with the final document when the job ends: completed, failed or canceled. Once, and only for a received
   * document; not for a job that was final from the start; once more after a retry.
   */
  readonly onComplete?: ((job: D) => void) | undefined
  /** Called when another mode than before delivers and has settled. */
  readonly onModeChange?: ((change: ModeChange) => void) | undefined
}

/** Options of `useJobStatus`. */
export type UseJobStatusOptions<Stage extends string = string, Data = unknown> = UseJobOptions<Job<Stage, Data>>

/** A job with its connection. */
export interface UseJobStatus<Stage extends string = string, Data = unknown> extends FollowedConnection {
  /** The newest document, from any source. */
  readonly job: Job<Stage, Data> | undefined
  /** The version of the newest document; grows with every change. */
  readonly version: number | undefined
  /** Why the job failed, if it did. For trouble with the connection see `reason`. */
  readonly error: JobError | null
}

/**
 * Follows a job while the component is mounted: streams if that works, and polls otherwise.
 *
 * @param id - the job; undefined follows nothing.
 */
export function useJobStatus<Stage extends string = string, Data = unknown>(
  id: string | undefined,
  options?: UseJobStatusOptions<Stage, Data>,
): UseJobStatus<Stage, Data> {
  const { job, connection, handle } = useFollowedJob(useClient<Job<Stage, Data>>(), id, ({ id: own }) => own, options)
  return useMemo(
    () => withConnection({ job, version: job?.version, error: job?.error ?? null }, connection, handle),
    [job, connection, handle],
  )
}

/** Follows one job of a client, whose documents may be the app's own. @param idOf - a document's id. */
export function useFollowedJob<D extends LiveDocument, V>(
  client: LiveClient<D, V>,
  id: string | undefined,
  idOf: (job: D) => string,
  options: UseJobOptions<D> = {},
) {
  const { enabled = true, transport = 'auto', companion = true, initialJob, onComplete, onModeChange } = options
  const given = initialJob !== undefined && idOf(initialJob) === id ? initialJob : undefined
  const follow = { transport, companion, initialJob: given }
  const { snapshot, handle } = useFollowed(client, enabled ? id : undefined, follow, onModeChange)
  useEffect(() => {
    if (given !== undefined) client.accept(given)
  }, [client, given])
  const job = given !== undefined && isNewer(given, snapshot?.job) ? given : snapshot?.job
  useComplete(job && idOf(job), job, onComplete)
  return { job, companion: snapshot?.companion, connection: snapshot?.connection, handle }
}
