export { SessionStatusProvider } from './context.ts'
export { useConnection } from './useConnection.ts'
export { type FollowedConnection, type ModeChange, useModeChange } from './useFollowed.ts'
export { type UseSessionList, type UseSessionListOptions, useSessionList } from './useSessionList.ts'
export { useSmoothProgress } from './useSmoothProgress.ts'
export {
  type UseTranscriptionStatus,
  type UseTranscriptionStatusOptions,
  useTranscriptionStatus,
  useTranscriptionStatusPolling,
  useTranscriptionStatusSSE,
} from './useTranscriptionStatus.ts'
