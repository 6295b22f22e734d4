export { SessionStatusProvider } from './context.ts'
export { useSessionStatus, type UseSessionStatus, type UseSessionStatusOptions } from './useSessionStatus.ts'
