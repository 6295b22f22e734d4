export { type ClientOptions, type SessionStatusClient, createSessionStatusClient } from './client.ts'
export { type Env, type EventStream, type Undo, browserEnv } from './env.ts'
export type { Connection, Phase } from './machine/connection.ts'
export type { Reason } from './machine/state.ts'
export {
  type Segment,
  type SessionState,
  type SessionStatus,
  type Stage,
  type StatusError,
  isFinal,
  newest,
} from './status.ts'
export type { FollowOptions, SessionSnapshot } from './store.ts'
