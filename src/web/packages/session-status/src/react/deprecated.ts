// Types that moved to `@playhead/live/react`. They keep working for one release.
import type * as live from '@playhead/live/react'

/** @deprecated Use `FollowedConnection` of `@playhead/live/react`. */
export type FollowedConnection = live.FollowedConnection
/** @deprecated Use `ModeChange` of `@playhead/live/react`. */
export type ModeChange = live.ModeChange
