// Names that moved to `@playhead/live`. They keep working for one release.
import * as live from '@playhead/live'
import type { SessionStatus } from './status.ts'
import { warnOnce } from './warnOnce.ts'

/** @deprecated Use `ALL_JOBS` of `@playhead/live`. */
export const ALL_SESSIONS = live.ALL_JOBS

/** @deprecated Use `browserEnv` of `@playhead/live`. */
export function browserEnv(): live.Env {
  warnOnce('browserEnv', 'browserEnv of @playhead/live')
  return live.browserEnv()
}

/** @deprecated Use `isFollowed` of `@playhead/live`. */
export function isFollowed(connection: live.Connection): boolean {
  warnOnce('isFollowed', 'isFollowed of @playhead/live')
  return live.isFollowed(connection)
}

/** @deprecated Use `isFinal` of `@playhead/live`. */
export function isFinal(status: Pick<SessionStatus, 'state'>): boolean {
  warnOnce('isFinal', 'isFinal of @playhead/live')
  return live.isFinal(status)
}

/** @deprecated Use `isNewer` of `@playhead/live`. */
export function newest(current: SessionStatus | undefined, incoming: SessionStatus): SessionStatus {
  warnOnce('newest', 'isNewer of @playhead/live')
  return current === undefined || live.isNewer(incoming, current) ? incoming : current
}

/** @deprecated Use `Connection` of `@playhead/live`. */
export type Connection = live.Connection
/** @deprecated Use `Phase` of `@playhead/live`. */
export type Phase = live.Phase
/** @deprecated Use `Reason` of `@playhead/live`. */
export type Reason = live.Reason
/** @deprecated Use `TransportOption` of `@playhead/live`. */
export type TransportOption = live.TransportOption
/** @deprecated Use `Env` of `@playhead/live`. */
export type Env = live.Env
/** @deprecated Use `EventStream` of `@playhead/live`. */
export type EventStream = live.EventStream
/** @deprecated Use `Presence` of `@playhead/live`. */
export type Presence = live.Presence
/** @deprecated Use `StreamMessage` of `@playhead/live`. */
export type StreamMessage = live.StreamMessage
/** @deprecated Use `Undo` of `@playhead/live`. */
export type Undo = live.Undo
