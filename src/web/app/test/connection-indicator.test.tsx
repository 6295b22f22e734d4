/** Over 300 lines: one list of what the indicator says, and the place to see that no trouble is missing. */
import type { Connection } from '@playhead/live'
import { createSessionStatusClient } from '@playhead/session-status'
import { SessionStatusProvider } from '@playhead/session-status/react'
import { act, cleanup, fireEvent, render, screen } from '@testing-library/react'
import type { ReactNode } from 'react'
import { beforeEach, expect, test, vi } from 'vitest'
import { ConnectionIndicator } from '../src/components/ConnectionIndicator.tsx'
import { connectionOf } from './connection.ts'

beforeEach(() => void vi.useFakeTimers())

/** With plain spaces, to be compared. */
const plain = (text: string | null | undefined) => text?.replaceAll('\u{A0}', ' ')

function show(first: Partial<Connection> = {}, ageMs?: number, client = createSessionStatusClient()) {
  // A person of its own, whom nothing was told before.
  const wrapper = ({ children }: { children: ReactNode }) => <SessionStatusProvider client={client}>{children}</SessionStatusProvider>
  const { container, rerender } = render(<ConnectionIndicator followed={connectionOf(first, ageMs)} />, { wrapper })
  const summary = () => container.querySelector('summary')
  return {
    /** The words that are to be seen; undefined while there are none. */
    words: () => plain([...(summary()?.querySelectorAll('span:not(.visually-hidden)') ?? [])].map((it) => it.textContent).join(' ')),
    why: () => document.querySelector(`[id="${summary()?.getAttribute('aria-describedby')}"]`)?.textContent,
    notice: () => plain(screen.getByRole('status').textContent),
    change: (to: Partial<Connection>) => rerender(<ConnectionIndicator followed={connectionOf(to)} />),
    pass: (ms: number) => act(() => void vi.advanceTimersByTime(ms)),
  }
}

const RETRYING = { phase: 'retrying', mode: 'poll', reason: 'network' } as const
const POLLING = { phase: 'polling', mode: 'poll', reason: 'mute' } as const

test('it has no words while all is well', () => {
  const indicator = show()
  indicator.pass(60_000)
  expect(indicator.words()).toBe('')
  expect(screen.queryByRole('button', { name: 'Try live again' })).toBeNull()
})

test('a break of less than five seconds is not mentioned', () => {
  const indicator = show()
  indicator.change(RETRYING)
  indicator.pass(4_900)
  expect(indicator.words()).toBe('')
  indicator.change({})
  indicator.pass(5_000)
  expect(indicator.words()).toBe('')
})

test('a longer one is, with the reason, as a description', () => {
  const indicator = show()
  indicator.change(RETRYING)
  indicator.pass(5_000)
  expect(indicator.words()).toBe('Reconnecting…')
  expect(indicator.why()).toBe('The connection to the server was lost.')
  indicator.change({ phase: 'paused', mode: 'none', reason: 'offline' })
  expect(indicator.words()).toBe('Offline, resumes by itself')
})

test('one that was never there is being made, and not made again', () => {
  const indicator = show({ phase: 'connecting', mode: 'none' })
  indicator.pass(5_000)
  expect(indicator.words()).toBe('Connecting…')
  indicator.change(RETRYING)
  expect(indicator.words()).toBe('Connecting…')
  indicator.change({})
  indicator.pass(5_000)
  indicator.change({ phase: 'connecting', mode: 'none' })
  indicator.pass(5_000)
  expect(indicator.words()).toBe('Reconnecting…')
})

test('a flag that turns on is no lost connection, unless no stream opens', () => {
  const indicator = show({ ...POLLING, reason: 'flag_off' })
  indicator.pass(5_000)
  indicator.change({ phase: 'connecting', mode: 'poll' })
  expect(indicator.words()).toBe('Checking every 3 s')
  indicator.pass(4_900)
  expect(indicator.words()).toBe('Checking every 3 s')
  indicator.pass(100)
  expect(indicator.words()).toBe('Reconnecting…')
})

test('what was said stays until it could be read', () => {
  const indicator = show()
  indicator.change(RETRYING)
  indicator.pass(5_000)
  indicator.change({})
  indicator.pass(1_400)
  expect(indicator.words()).toBe('Reconnecting…')
  indicator.pass(100)
  expect(indicator.words()).toBe('')
})

test('polling says its pace, and why', () => {
  const indicator = show({ phase: 'polling', mode: 'poll', reason: 'kill_switch', pollMs: 2_900 })
  indicator.pass(5_000)
  expect(indicator.words()).toBe('Checking every 3 s')
  expect(indicator.why()).toMatch(/switched off/)
})

test.each([
  ['a connection that lost touch', { ...RETRYING, isStale: true }, 'Reconnecting… · 45 s old'],
  ['a page without a network', { phase: 'paused', mode: 'none', reason: 'offline' }, 'Offline, resumes by itself · 45 s old'],
] as const)('%s says how old what it shows is', (_case, connection, words) => {
  const indicator = show(connection, 45_000)
  indicator.pass(5_000)
  expect(indicator.words()).toBe(words)
})

test('live updates that come late say how late they are, and why', () => {
  const indicator = show({ reason: 'buffered', behindMs: 12_000 })
  expect(indicator.words()).toBe('')
  indicator.pass(5_000)
  expect(indicator.words()).toBe('Live updates · 12 s behind')
  expect(indicator.why()).toMatch(/^Updates reach you late/)
  expect(screen.queryByRole('button', { name: 'Try live again' })).toBeNull()
  indicator.change({})
  indicator.pass(1_500)
  expect(indicator.words()).toBe('')
})

test('a tab that gave its place to newer ones says so, and can take it back', () => {
  const indicator = show({ phase: 'polling', mode: 'wait', reason: 'replaced' })
  indicator.pass(5_000)
  expect(indicator.words()).toBe('Live, by long polling')
  expect(indicator.why()).toMatch(/open in many tabs/)
  expect(screen.getByRole('button', { name: 'Try live again' })).toBeTruthy()
})

test('a person can try live again, but not against a decision of the server', () => {
  const connection = connectionOf(POLLING)
  const { rerender } = render(<ConnectionIndicator followed={connection} />)
  act(() => void vi.advanceTimersByTime(5_000))
  fireEvent.click(screen.getByRole('button', { name: 'Try live again' }))
  expect(connection.retryNow).toHaveBeenCalledOnce()
  rerender(<ConnectionIndicator followed={connectionOf({ ...POLLING, reason: 'flag_off' })} />)
  expect(screen.queryByRole('button', { name: 'Try live again' })).toBeNull()
})

test('a connection that is wrong can be tested, and one that was decided cannot', () => {
  const indicator = show(POLLING)
  const link = () => screen.queryByRole('link', { name: 'Test my connection' })
  expect(link()).toBeNull()
  indicator.pass(5_000)
  expect(link()?.getAttribute('href')).toBe('/connection')
  indicator.change({ ...POLLING, reason: 'kill_switch' })
  expect(link()).toBeNull()
})

test('a person can choose polling, also while all is well', () => {
  const connection = connectionOf()
  render(<ConnectionIndicator followed={connection} />)
  fireEvent.click(screen.getByText('Check every few seconds instead'))
  expect(connection.usePolling).toHaveBeenCalledOnce()
})

test('the reason is there under the pointer and on focus, and Escape puts it away', () => {
  show(POLLING)
  const hint = () => screen.queryByRole('tooltip')
  const summary = document.querySelector('summary') as HTMLElement
  const about = summary.closest('details')?.parentElement as HTMLElement
  expect(hint()).toBeNull()
  fireEvent.pointerEnter(about)
  expect(hint()).not.toBeNull()
  fireEvent.keyDown(document.body, { key: 'Escape' })
  expect(hint()).toBeNull()
  fireEvent.pointerLeave(about)
  act(() => summary.focus())
  expect(hint()).not.toBeNull()
  fireEvent.keyDown(summary, { key: 'Escape' })
  expect(hint()).toBeNull()
})

test('it stays open while its text is pressed, and shuts when the focus leaves it', () => {
  show(POLLING)
  const details = document.querySelector('details') as HTMLDetailsElement
  const summary = details.querySelector('summary') as HTMLElement
  act(() => summary.focus())
  act(() => {
    details.open = true
    fireEvent(details, new Event('toggle'))
  })
  // A press puts the focus on the nearest that takes it.
  act(() => details.querySelector('p')?.closest<HTMLElement>('[tabindex], button')?.focus())
  expect(details.contains(document.activeElement)).toBe(true)
  expect(document.activeElement).not.toBe(summary)
  expect(details.open).toBe(true)
  act(() => (document.activeElement as HTMLElement).blur())
  expect(details.open).toBe(false)
})

test('Escape pressed elsewhere does not keep the reason from the next who wants it', () => {
  show(POLLING)
  fireEvent.keyDown(document.body, { key: 'Escape' })
  fireEvent.pointerEnter(document.querySelector('details')?.parentElement as HTMLElement)
  expect(screen.queryByRole('tooltip')).not.toBeNull()
})

test('who goes back to live updates by keyboard goes on from there', () => {
  const indicator = show(POLLING)
  indicator.pass(5_000)
  const button = screen.getByRole('button', { name: 'Try live again' })
  act(() => button.focus())
  fireEvent.click(button)
  indicator.change({})
  indicator.pass(1_500)
  expect(button.isConnected).toBe(false)
  expect(document.activeElement?.tagName).toBe('SUMMARY')
})

test('another way than at first is told with the reason, and not when it flaps', () => {
  const indicator = show()
  indicator.pass(5_000)
  indicator.change(POLLING)
  indicator.pass(4_000)
  indicator.change({})
  indicator.pass(5_000)
  expect(indicator.notice()).toBe('')
  indicator.change(POLLING)
  indicator.pass(5_000)
  expect(indicator.notice()).toBe('Something between you and the server holds live updates back. Checking every 3 s instead.')
  expect(screen.getByRole('status').className).not.toMatch(/hidden/)
})

test('it is told once, and goes by itself', () => {
  const indicator = show()
  indicator.pass(5_000)
  indicator.change(POLLING)
  indicator.pass(5_000)
  indicator.pass(11_900)
  expect(indicator.notice()).not.toBe('')
  indicator.pass(100)
  expect(indicator.notice()).toBe('')
  indicator.change({})
  indicator.pass(5_000)
  indicator.change(POLLING)
  indicator.pass(5_000)
  expect(indicator.notice()).toBe('')
})

test('it goes when it is put away, and when it is not true any more', () => {
  const indicator = show()
  indicator.pass(5_000)
  indicator.change(POLLING)
  indicator.pass(5_000)
  fireEvent.click(screen.getByRole('button', { name: 'Dismiss' }))
  expect(indicator.notice()).toBe('')
  cleanup()
  const other = show(POLLING)
  other.pass(5_000)
  other.change({})
  other.pass(5_000)
  expect(other.notice()).toMatch(/^Live updates have begun/)
  other.change(POLLING)
  other.pass(5_000)
  expect(other.notice()).toBe('')
})

test('a person who had live updates is not said to lack them yet', () => {
  const indicator = show()
  indicator.pass(5_000)
  indicator.change({ ...POLLING, reason: 'flag_off' })
  indicator.pass(5_000)
  expect(indicator.notice()).toBe('Live updates were switched off for you. Checking every 3 s instead.')
})

test('a way that the reader has chosen is no news to them', () => {
  const indicator = show()
  indicator.pass(5_000)
  indicator.change({ ...POLLING, reason: 'manual' })
  indicator.pass(5_000)
  expect(indicator.words()).toMatch(/^Checking every/)
  expect(indicator.notice()).toBe('')
})

test('a page that starts out by polling says so and why, once it has lasted', () => {
  const indicator = show({ ...POLLING, reason: 'flag_off' })
  indicator.pass(4_900)
  expect(indicator.notice()).toBe('')
  indicator.pass(100)
  expect(indicator.notice()).toBe('Live updates are not switched on for you yet. Checking every 3 s instead.')
  indicator.pass(12_000)
  expect(indicator.notice()).toBe('')
  indicator.change({ ...POLLING, reason: 'kill_switch' })
  indicator.pass(5_000)
  expect(indicator.notice()).toBe('')
})

test('a page that is live for a moment only starts out by polling', () => {
  const indicator = show()
  indicator.pass(1_000)
  indicator.change({ phase: 'polling', mode: 'wait', reason: 'kill_switch' })
  indicator.pass(5_000)
  expect(indicator.notice()).toBe('Live updates are switched off for the moment. Changes still appear at once, by long polling.')
})

test('it says so on the first page, and on later ones only for another reason', () => {
  const client = createSessionStatusClient()
  show({ ...POLLING, reason: 'flag_off' }, undefined, client).pass(5_000)
  cleanup()
  const second = show({ ...POLLING, reason: 'flag_off' }, undefined, client)
  second.pass(60_000)
  expect(second.notice()).toBe('')
  cleanup()
  const third = show(POLLING, undefined, client)
  third.pass(5_000)
  expect(third.notice()).toMatch(/^Something between you and the server/)
})

test('a page that starts out live, or by a choice of polling, has nothing to say', () => {
  for (const first of [{}, { ...POLLING, reason: 'manual' }] as const) {
    const indicator = show(first)
    indicator.pass(60_000)
    expect(indicator.notice()).toBe('')
    cleanup()
  }
})

test('a session that is over has no connection to speak of', () => {
  const indicator = show({ phase: 'done', mode: 'none' })
  indicator.pass(60_000)
  expect(indicator.words()).toBe('')
  expect(screen.queryByText('Check every few seconds instead')).toBeNull()
})
