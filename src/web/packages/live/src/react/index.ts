export { LiveProvider, useClient } from './context.ts'
export { useConnection, useConnectionOf } from './useConnection.ts'
export { type FollowedConnection, withConnection } from './useFollowed.ts'
export {
  type UseJobOptions,
  type UseJobStatus,
  type UseJobStatusOptions,
  useFollowedJob,
  useJobStatus,
} from './useJobStatus.ts'
export { type UseJobs, type UseJobsOptions, useFollowedList, useJobs } from './useJobs.ts'
export { type ModeChange, useModeChange, useSettledMode } from './useModeChange.ts'
