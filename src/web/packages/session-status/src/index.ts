export { browserEnv } from './browser.ts'
export {
  ALL_SESSIONS,
  type ClientOptions,
  type FollowOptions,
  type SessionStatusClient,
  createSessionStatusClient,
} from './client.ts'
export type { Env, EventStream, Presence, StreamMessage, Undo } from './env.ts'
export { type Connection, type Phase, isFollowed } from './machine/connection.ts'
export type { Reason, TransportOption } from './machine/state.ts'
export { statusAt } from './progress.ts'
export {
  type Segment,
  type SessionState,
  type SessionStatus,
  type Stage,
  type StatusError,
  isFinal,
  newest,
} from './status.ts'
export type { Snapshot } from './store.ts'
