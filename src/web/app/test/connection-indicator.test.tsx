// @vitest-environment jsdom
import type { Connection } from '@playhead/session-status'
import { act, cleanup, render } from '@testing-library/react'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ConnectionIndicator } from '../src/components/ConnectionIndicator.tsx'

const connection = (changes: Partial<Connection>): Connection => ({
  phase: 'live',
  mode: 'stream',
  connectionState: 'connected',
  reason: undefined,
  attempt: 0,
  pollMs: 3_000,
  nextRetryAt: undefined,
  isStale: false,
  ...changes,
})

beforeEach(() => void vi.useFakeTimers())
afterEach(() => {
  cleanup()
  vi.useRealTimers()
})

function show(first: Partial<Connection>) {
  const { container, rerender } = render(<ConnectionIndicator connection={connection(first)} />)
  return {
    text: () => container.textContent,
    title: () => container.querySelector('p')?.title,
    change: (to: Partial<Connection>) => rerender(<ConnectionIndicator connection={connection(to)} />),
    pass: (ms: number) => act(() => void vi.advanceTimersByTime(ms)),
  }
}

test('it says nothing while the first connection is made in good time', () => {
  const indicator = show({ phase: 'connecting', mode: 'none' })
  expect(indicator.text()).toBe('')
  indicator.pass(2_000)
  indicator.change({})
  expect(indicator.text()).toBe('Live')
})

test('a short break is not mentioned', () => {
  const indicator = show({})
  indicator.change({ phase: 'retrying', mode: 'poll', reason: 'network' })
  indicator.pass(4_900)
  expect(indicator.text()).toBe('Live')
  indicator.change({})
  indicator.pass(5_000)
  expect(indicator.text()).toBe('Live')
})

test('a long one is', () => {
  const indicator = show({})
  indicator.change({ phase: 'retrying', mode: 'poll', reason: 'network' })
  indicator.pass(5_000)
  expect(indicator.text()).toBe('Reconnecting…')
  indicator.change({ phase: 'retrying', mode: 'poll', reason: 'offline' })
  expect(indicator.text()).toBe('Offline, resumes by itself')
})

test('polling says its pace, and why', () => {
  const indicator = show({ phase: 'polling', mode: 'poll', reason: 'kill_switch', pollMs: 2_900 })
  expect(indicator.text()).toBe('Checking every 3 s')
  expect(indicator.title()).toMatch(/switched off/)
})

test('a session that is over has no connection to speak of', () => {
  expect(show({ phase: 'done', mode: 'none' }).text()).toBe('')
})
