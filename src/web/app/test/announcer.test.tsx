import type { SessionStatus } from '@playhead/session-status'
import { completed } from '@playhead/session-status/testing'
import { act, render, screen } from '@testing-library/react'
import { beforeEach, expect, test, vi } from 'vitest'
import { Announcer } from '../src/components/Announcer.tsx'
import { Timeline } from '../src/components/Timeline.tsx'
import { statusOf } from './status.ts'

beforeEach(() => void vi.useFakeTimers())

const pass = (ms: number) => act(() => void vi.advanceTimersByTime(ms))

function announcer(first: SessionStatus) {
  const { rerender } = render(<Announcer status={first} />)
  pass(0)
  return {
    said: () => screen.getByRole('status').textContent,
    change: (to: SessionStatus) => {
      rerender(<Announcer status={to} />)
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
