export { SessionStatusProvider, useClient } from './context.ts'
export { useConnection } from './useConnection.ts'
export type { FollowedConnection } from './useFollowed.ts'
export { type ModeChange, useModeChange } from './useModeChange.ts'
export { type UseSessionList, type UseSessionListOptions, useSessionList } from './useSessionList.ts'
export { useCarriedStatus } from './useCarriedStatus.ts'
export {
  type UseTranscriptionStatus,
  type UseTranscriptionStatusOptions,
  useTranscriptionStatus,
  useTranscriptionStatusPolling,
  useTranscriptionStatusSSE,
} from './useTranscriptionStatus.ts'
