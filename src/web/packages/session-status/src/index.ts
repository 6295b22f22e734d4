export {
  type ClientOptions,
  type FollowOptions,
  type LiveSessions,
  type SessionStatusClient,
  type Snapshot,
  createSessionStatusClient,
} from './client.ts'
export * from './deprecated.ts'
export { statusAt } from './progress.ts'
export type { Segment } from './segments.ts'
export { type SessionState, type SessionStatus, type Stage, type StatusError, type StatusWarning, parseStatus } from './status.ts'
