// Names that moved to `@playhead/live/testing`. They keep working for one release.
import * as live from '@playhead/live/testing'
import { warnOnce } from '../warnOnce.ts'

/** @deprecated Use `ScriptedClock` of `@playhead/live/testing`. */
export const ScriptedClock = live.ScriptedClock
/** @deprecated Use `ScriptedClock` of `@playhead/live/testing`. */
export type ScriptedClock = live.ScriptedClock
/** @deprecated Use `FakeEventSource` of `@playhead/live/testing`. */
export const FakeEventSource = live.FakeEventSource
/** @deprecated Use `FakeEventSource` of `@playhead/live/testing`. */
export type FakeEventSource = live.FakeEventSource
/** @deprecated Use `SCENARIOS` of `@playhead/live/testing`. */
export const SCENARIOS = live.SCENARIOS
/** @deprecated Use `Scenario` of `@playhead/live/testing`. */
export type Scenario = live.Scenario
/** @deprecated Use `Answer` of `@playhead/live/testing`. */
export type Answer = live.Answer
/** @deprecated Use `FakeRequest` of `@playhead/live/testing`. */
export type FakeRequest = live.FakeRequest

/** @deprecated Use `settle` of `@playhead/live/testing`. */
export function settle(): Promise<void> {
  warnOnce('settle', 'settle of @playhead/live/testing')
  return live.settle()
}
