export { SessionStatusProvider, useClient } from './context.ts'
export { useConnection } from './useConnection.ts'
export { useModeChange } from './useModeChange.ts'
export type { FollowedConnection, ModeChange } from './deprecated.ts'
export { type UseSessionList, type UseSessionListOptions, useSessionList } from './useSessionList.ts'
export { useCarriedStatus } from './useCarriedStatus.ts'
export {
  type UseTranscriptionStatus,
  type UseTranscriptionStatusOptions,
  useTranscriptionStatus,
  useTranscriptionStatusPolling,
  useTranscriptionStatusSSE,
} from './useTranscriptionStatus.ts'
