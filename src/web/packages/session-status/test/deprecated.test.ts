import * as live from '@playhead/live'
import * as liveTesting from '@playhead/live/testing'
import { expect, test, vi } from 'vitest'
import * as sessions from '../src/index.ts'
import * as testing from '../src/testing/index.ts'

/** Calls a deprecated function twice, and returns its result and what was warned of. */
function warned<T>(run: () => T) {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
  run()
  const result = run()
  return { result, warnings: warn.mock.calls.map(([text]) => String(text)) }
}

const [older, newer] = [testing.statusOf({ version: 1 }), testing.completed({ version: 2 })]

test.each<[string, () => unknown, unknown, string]>([
  ['isFinal', () => sessions.isFinal(newer), true, 'isFinal of @playhead/live'],
  ['isFollowed', () => sessions.isFollowed(live.IDLE), false, 'isFollowed of @playhead/live'],
  ['newest', () => [sessions.newest(undefined, older), sessions.newest(older, newer), sessions.newest(newer, older)], [older, newer, newer], 'isNewer of @playhead/live'],
  ['browserEnv', () => typeof sessions.browserEnv().now, 'function', 'browserEnv of @playhead/live'],
  ['settle', () => testing.settle() instanceof Promise, true, 'settle of @playhead/live/testing'],
])('%s works as before, and warns once', (name, run, expected, by) => {
  const { result, warnings } = warned(run)
  expect(result).toEqual(expected)
  expect(warnings).toHaveLength(1)
  expect(warnings[0]).toContain(`${name} will be removed in the next release. Use ${by}.`)
})

test('names that moved are the same things as where they moved to', () => {
  expect(sessions.ALL_SESSIONS).toBe(live.ALL_JOBS)
  expect(testing.ScriptedClock).toBe(liveTesting.ScriptedClock)
  expect(testing.FakeEventSource).toBe(liveTesting.FakeEventSource)
  expect(testing.SCENARIOS).toBe(liveTesting.SCENARIOS)
})
