export { browserEnv } from './browser.ts'
export { ALL_JOBS, type ClientConfig, type FollowOptions, type LiveClient, createClient } from './client.ts'
export type { Change, Companion, CompanionState, CompanionWork } from './companion.ts'
export type { Env, EventStream, Presence, StreamMessage, Undo } from './env.ts'
export { type RequestHeaders, withHeaders } from './headers.ts'
export {
  type Job,
  type JobError,
  type JobStage,
  type JobState,
  type LiveDocument,
  isFinal,
  isNewer,
  parseError,
  parseJob,
} from './job.ts'
export { type Connection, IDLE, type Phase, isFollowed } from './machine/connection.ts'
export type { Moment } from './machine/input.ts'
export { type Reason, type TransportOption, isFollowing } from './machine/state.ts'
export { type ClientOptions, createLiveClient } from './live.ts'
export { retryAfter } from './requests.ts'
export type { Snapshot } from './store.ts'
export type { StreamEvent } from './wire.ts'
export { backoffMs } from './timing.ts'
