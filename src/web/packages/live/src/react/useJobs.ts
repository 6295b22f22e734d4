import { useMemo } from 'react'
import { ALL_JOBS, type LiveClient } from '../client.ts'
import type { Job } from '../job.ts'
import type { TransportOption } from '../machine/state.ts'
import { useClient } from './context.ts'
import { type FollowedConnection, useFollowed, withConnection } from './useFollowed.ts'
import type { ModeChange } from './useModeChange.ts'

/** Options of `useJobs`. */
export interface UseJobsOptions {
  /** Whether to follow. Default true. If false, no data is returned. */
  readonly enabled?: boolean
  /** The transport. Default `auto`. */
  readonly transport?: TransportOption
  /** Called when another mode than before delivers and has settled. */
  readonly onModeChange?: ((change: ModeChange) => void) | undefined
}

/** The list with its connection. */
export interface UseJobs<Stage extends string = string, Data = unknown> extends FollowedConnection {
  /** The newest document of each job, by id. One that ended stays; a deleted one is `canceled`. */
  readonly jobs: ReadonlyMap<string, Job<Stage, Data>>
}

/**
 * Follows all of a person's jobs that are not final, and later ones, by one stream, or by one poll for all if there can be no
 * stream. Documents are shared with the hooks that follow one job.
 */
export function useJobs<Stage extends string = string, Data = unknown>(options?: UseJobsOptions): UseJobs<Stage, Data> {
  const { jobs, connection, handle } = useFollowedList(useClient<Job<Stage, Data>>(), options)
  return useMemo(() => withConnection({ jobs }, connection, handle), [jobs, connection, handle])
}

const NONE: ReadonlyMap<string, never> = new Map<string, never>()

/** Follows the list of a client, whose documents may be the app's own. */
export function useFollowedList<D, V>(client: LiveClient<D, V>, options: UseJobsOptions = {}) {
  const { enabled = true, transport = 'auto', onModeChange } = options
  const { snapshot, handle } = useFollowed(client, enabled ? ALL_JOBS : undefined, { transport }, onModeChange)
  const jobs: ReadonlyMap<string, D> = snapshot?.jobs ?? NONE
  return { jobs, connection: snapshot?.connection, handle }
}
