import type { SessionStatus } from '@playhead/session-status'
import { completed } from '@playhead/session-status/testing'
import { act, render, screen } from '@testing-library/react'
import { beforeEach, expect, test, vi } from 'vitest'
import { Announcer } from '../src/components/Announcer.tsx'
import { Timeline } from '../src/components/Timeline.tsx'
import { sessionOf } from './service.tsx'
import { statusOf } from './status.ts'

beforeEach(() => void vi.useFakeTimers())

const pass = (ms: number) => act(() => void vi.advanceTimersByTime(ms))

const SESSION = sessionOf('s1', 'talk.mp3')
const TRACK = { index: 1, title: null, language: null, codec: 'aac', channels: 2, decodable: true, chosen: true }
const OTHER_TRACKS = { code: 'other_tracks', message: 'Track 2 was not transcribed.' }
const QUIET = { code: 'quiet_of_tomorrow', message: 'It is quiet.' }

function announcer(first: SessionStatus) {
  const { rerender } = render(<Announcer session={SESSION} status={first} />)
  pass(0)
  return {
    said: () => screen.getByRole('status').textContent,
    change: (to: SessionStatus, session = SESSION) => {
      rerender(<Announcer session={session} status={to} />)
      pass(0)
    },
  }
}

test('between two announcements there are ten seconds, and the newest is not lost', () => {
  const { said, change } = announcer(statusOf({ progress: 0.2 }))
  expect(said()).toBe('Transcribing')
  change(statusOf({ version: 1_000_002, progress: 0.3 }))
  change(statusOf({ version: 1_000_003, progress: 0.6 }))
  pass(9_900)
  expect(said()).toBe('Transcribing')
  pass(100)
  expect(said()).toBe('Transcribing, 50% done')
})

test('the end is said at once', () => {
  const { said, change } = announcer(statusOf())
  change(completed())
  expect(said()).toBe('Done. The transcript is complete.')
})

test('what was over when the page was opened is no news', () => {
  const { said, change } = announcer(completed())
  expect(said()).toBe('')
  change(statusOf({ version: 2_000_001, progress: 0 }))
  expect(said()).toBe('Transcribing')
})

test('a note that comes is said once, after the pause and before how far it is', () => {
  const { said, change } = announcer(statusOf({ progress: 0.2 }))
  change(statusOf({ version: 1_000_002, progress: 0.22, warnings: [OTHER_TRACKS] }))
  expect(said()).toBe('Transcribing')
  pass(10_000)
  expect(said()).toBe('Track 2 was not transcribed.')
  change(statusOf({ version: 1_000_003, progress: 0.6, warnings: [OTHER_TRACKS, QUIET] }))
  pass(10_000)
  expect(said()).toBe('It is quiet. Transcribing, 50% done')
})

test('a note that comes with the end is said behind it, and no more in other words', () => {
  const { said, change } = announcer(statusOf())
  const done = completed({ warnings: [OTHER_TRACKS] })
  change(done)
  expect(said()).toBe('Done. The transcript is complete. Track 2 was not transcribed.')
  change(done, { ...SESSION, tracks: [TRACK, { ...TRACK, index: 2, chosen: false }] })
  pass(10_000)
  expect(said()).toBe('Done. The transcript is complete. Track 2 was not transcribed.')
})

test('the new text is said to be shown, with its notes, those of the earlier one too', () => {
  const { said, change } = announcer(completed({ warnings: [QUIET] }))
  expect(said()).toBe('')
  change(statusOf({ version: 2_000_001, progress: 0.1, next_revision: 1, warnings: [QUIET] }))
  expect(said()).toBe('Transcribing again')
  change(completed({ version: 2_000_009, revision: 1, warnings: [QUIET] }))
  expect(said()).toBe('Done. The new text is shown. It is quiet.')
})

test('a bar that moves changes its value at most once a second', () => {
  const values: (string | null)[] = []
  const { rerender } = render(<Timeline status={statusOf()} />)
  const bar = screen.getByRole('progressbar')
  const observer = new MutationObserver((changes) => {
    for (const { attributeName } of changes) {
      if (attributeName === 'aria-valuenow') values.push(bar.getAttribute(attributeName))
    }
  })
  observer.observe(bar, { attributes: true })
  for (let step = 1; step <= 30; step++) {
    rerender(<Timeline status={statusOf({ progress: 0.42 + step / 100 })} />)
    pass(100)
  }
  pass(1_000)
  const seen = observer.takeRecords().filter(({ attributeName }) => attributeName === 'aria-valuenow').length + values.length
  expect(seen).toBeLessThanOrEqual(5)
  expect(bar.getAttribute('aria-valuenow')).toBe('72')
  observer.disconnect()
})
