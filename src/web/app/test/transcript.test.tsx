/** Over 300 lines: one list of what the page does while words come, are heard and are scrolled. */
import { act, fireEvent, render, screen, waitFor } from '@testing-library/react'
import type { SessionStatus } from '@playhead/session-status'
import { completed, statusOf } from '@playhead/session-status/testing'
import { beforeEach, expect, test, vi } from 'vitest'
import { Transcript } from '../src/components/Transcript.tsx'
import { SESSION, layOut, press, words } from './page.ts'

let page: ReturnType<typeof layOut>

beforeEach(() => {
  page = layOut()
})

const ERROR = { code: 'damaged', message: 'It breaks off.', retryable: false, debug_id: 'd1' }
const onRetry = vi.fn()

function show(count: number, status = statusOf({ segments: count }), asHeard = true) {
  const element = (lines: number) => (
    <main>
      <Transcript session={SESSION} status={status} segments={words(lines)} asHeard={asHeard} onRetry={onRetry} />
    </main>
  )
  page.height = count * 10
  const view = render(element(count))
  act(() => page.resize())
  return (more: number) => {
    page.height = more * 10
    view.rerender(element(more))
    act(() => page.resize())
  }
}

const list = () => screen.getByRole('group', { name: 'Words' })
const player = () => document.querySelector('audio') as HTMLAudioElement

/** The player comes to a place in the recording, as the element tells it. */
function hear(second: number, how: 'timeUpdate' | 'seeking' = 'timeUpdate') {
  player().currentTime = second
  fireEvent[how](player())
}

const spoken = () => document.querySelector('[aria-current="true"]')?.textContent

test('it follows the words until the reader scrolls up, and again when asked to', () => {
  const grow = show(20)
  expect(page.scrolledTo).toBe(100)
  grow(30)
  expect(page.scrolledTo).toBe(200)
  page.scroll(50)
  grow(40)
  expect(page.scrolledTo).toBe(50)
  fireEvent.click(screen.getByRole('button', { name: 'Follow the newest' }))
  expect(page.scrolledTo).toBe(300)
  grow(50)
  expect(page.scrolledTo).toBe(400)
})

test('a line that comes at the moment the reader scrolls does not take them back', () => {
  show(20)
  act(() => {
    page.scroll(50)
    page.height = 300
    page.resize()
  })
  expect(page.scrolledTo).toBe(50)
})

test('who selects words is left there', () => {
  const grow = show(20)
  getSelection()?.selectAllChildren(screen.getByText('w18'))
  fireEvent(document, new Event('selectionchange'))
  grow(30)
  expect(page.scrolledTo).toBe(100)
  getSelection()?.removeAllRanges()
  fireEvent.click(screen.getByRole('button', { name: 'Follow the newest' }))
  expect(page.scrolledTo).toBe(200)
})

test('whoever asks to follow by keyboard goes on at the player', () => {
  show(20)
  page.scroll(50)
  press(screen.getByRole('button', { name: 'Follow the newest' }))
  expect(document.activeElement).toBe(screen.getByRole('button', { name: 'Play' }))
})

test('lines that come with the end are followed', () => {
  page.height = 200
  const element = (status: SessionStatus, lines: number) => (
    <main>
      <Transcript session={SESSION} status={status} segments={words(lines)} asHeard onRetry={onRetry} />
    </main>
  )
  const view = render(element(statusOf({ segments: 20 }), 20))
  act(() => page.resize())
  page.height = 300
  view.rerender(element(completed({ segments: 30 }), 30))
  act(() => page.resize())
  expect(page.scrolledTo).toBe(200)
})

test('a reader who comes back to the end follows again', () => {
  const grow = show(20)
  page.scroll(0)
  page.scroll(95)
  grow(30)
  expect(page.scrolledTo).toBe(200)
})

test('a transcript that is complete starts at its beginning', () => {
  show(50, completed({ segments: 50 }))
  expect(page.scrolledTo).toBe(0)
  expect(screen.queryByRole('button', { name: 'Follow the newest' })).toBeNull()
})

test('the line that is heard is marked, while new ones come', () => {
  const grow = show(20)
  expect(spoken()).toBeUndefined()
  hear(12)
  expect(spoken()).toMatch(/w2$/)
  grow(30)
  expect(player().currentTime).toBe(12)
  expect(spoken()).toMatch(/w2$/)
})

test('the time of a line plays it', () => {
  show(20)
  fireEvent.click(screen.getByRole('button', { name: 'Play from 0:15' }))
  expect(player().currentTime).toBe(15)
  expect(page.play).toHaveBeenCalledOnce()
})

test('a click on the words of a line plays it', async () => {
  show(20)
  fireEvent.click(screen.getByText('w3'))
  await waitFor(() => expect(page.play).toHaveBeenCalledOnce())
  expect(player().currentTime).toBe(15)
})

test('a double click selects a word, and plays nothing', () => {
  vi.useFakeTimers()
  try {
    show(20)
    fireEvent.click(screen.getByText('w3'), { detail: 1 })
    fireEvent.click(screen.getByText('w3'), { detail: 2 })
    vi.runAllTimers()
    expect(page.play).not.toHaveBeenCalled()
  } finally {
    vi.useRealTimers()
  }
})

test('a click that selects text, or has another meaning to the browser, plays nothing', () => {
  vi.useFakeTimers()
  show(20)
  fireEvent.click(screen.getByText('w3'), { ctrlKey: true })
  getSelection()?.selectAllChildren(screen.getByText('w3'))
  fireEvent.click(screen.getByText('w3'))
  vi.runAllTimers()
  expect(page.play).not.toHaveBeenCalled()
  getSelection()?.removeAllRanges()
  vi.useRealTimers()
})

test('one line is in the tab order, and arrows lead from wherever the focus is', () => {
  show(20)
  const tabbable = () => list().querySelectorAll('button:not([tabindex="-1"])')
  expect(tabbable()).toHaveLength(1)
  const time = (label: string) => screen.getByRole('button', { name: `Play from ${label}` })
  // As a click or the Tab key puts it there.
  act(() => time('0:25').focus())
  expect(tabbable()).toHaveLength(1)
  fireEvent.keyDown(time('0:25'), { key: 'ArrowDown' })
  expect(document.activeElement?.textContent).toBe('0:30')
  fireEvent.keyDown(document.activeElement as Element, { key: 'End' })
  expect(document.activeElement?.textContent).toBe('1:35')
  expect(tabbable()).toHaveLength(1)
})

test('the keyboard enters the lines at the newest one while it is followed, else at the first', () => {
  const grow = show(20)
  const entry = () => list().querySelector('button:not([tabindex="-1"])')?.textContent
  expect(entry()).toBe('1:35')
  grow(21)
  expect(entry()).toBe('1:40')
  page.scroll(50)
  expect(entry()).toBe('0:00')
})

test('the recording plays and pauses, and goes where it is put', () => {
  show(20)
  fireEvent.click(screen.getByRole('button', { name: 'Play' }))
  expect(page.play).toHaveBeenCalledOnce()
  const pause = vi.spyOn(player(), 'pause')
  Object.defineProperty(player(), 'paused', { value: false })
  fireEvent.play(player())
  fireEvent.click(screen.getByRole('button', { name: 'Pause' }))
  expect(pause).toHaveBeenCalledOnce()
  fireEvent.change(screen.getByRole('slider', { name: 'Position' }), { target: { value: '30' } })
  expect(player().currentTime).toBe(30)
  fireEvent.seeking(player())
  expect(screen.getByRole('slider').getAttribute('aria-valuetext')).toBe('0:30 of 10:00')
  expect(spoken()).toMatch(/w6$/)
})

test('a recording that is not loaded yet is as long as the service says', () => {
  show(20)
  Object.defineProperty(player(), 'duration', { value: 0 })
  fireEvent.durationChange(player())
  expect(screen.getByRole('slider').getAttribute('aria-valuetext')).toBe('0:00 of 10:00')
})

test('the recording can be heard faster', () => {
  show(20)
  fireEvent.change(screen.getByRole('combobox', { name: 'Speed' }), { target: { value: '1.5' } })
  expect(player().playbackRate).toBe(1.5)
})

test('the space bar and the arrows are the player\'s, except where they have a meaning of their own', () => {
  show(20)
  fireEvent.keyDown(list(), { key: ' ' })
  expect(page.play).toHaveBeenCalledOnce()
  hear(20)
  fireEvent.keyDown(screen.getByRole('slider'), { key: 'ArrowRight' })
  expect(player().currentTime).toBe(25)
  fireEvent.keyDown(screen.getByRole('button', { name: 'Play' }), { key: 'ArrowLeft' })
  expect(player().currentTime).toBe(20)
  fireEvent.keyDown(screen.getByRole('button', { name: 'Play' }), { key: ' ' })
  fireEvent.keyDown(screen.getByRole('combobox'), { key: 'ArrowRight' })
  fireEvent.keyDown(list(), { key: 'ArrowRight', altKey: true })
  expect(player().currentTime).toBe(20)
  expect(page.play).toHaveBeenCalledOnce()
})

test('who listens is not drawn to the newest words, and the heard line is brought into sight', () => {
  const grow = show(50, statusOf({ segments: 50 }))
  fireEvent.play(player())
  hear(0)
  expect(page.scrolledTo).toBe(0)
  grow(60)
  expect(page.scrolledTo).toBe(0)
  // The tenth line is the first out of sight.
  hear(45)
  expect(page.scrolledTo).toBe(0)
  hear(50)
  expect(page.scrolledTo).toBe(85)
})

test('who listens and scrolls away is left there, until they jump in the recording', () => {
  show(50, completed({ segments: 50 }))
  fireEvent.play(player())
  hear(0)
  page.scroll(300)
  hear(5)
  expect(page.scrolledTo).toBe(300)
  hear(100, 'seeking')
  expect(page.scrolledTo).toBe(185)
})

test.each([
  [404, 'The recording is not there any more. The words are kept.'],
  [200, 'This browser cannot play the recording.'],
  [503, 'The recording cannot be loaded at the moment.'],
])('a recording that cannot be played says why: %i', async (status, sentence) => {
  vi.stubGlobal('fetch', () => Promise.resolve(new Response(null, { status })))
  show(20)
  fireEvent.error(player())
  expect(await screen.findByText(sentence)).toBeTruthy()
  expect(screen.queryByRole('button', { name: 'Play' })).toBeNull()
  fireEvent.click(screen.getByText('w3'))
  expect(page.play).not.toHaveBeenCalled()
})

test('a recording that could not be loaded goes on from where it was', async () => {
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('Failed to fetch')))
  show(20)
  hear(42)
  fireEvent.error(player())
  player().currentTime = 0
  press(await screen.findByRole('button', { name: 'Try again' }))
  expect(player().currentTime).toBe(42)
  expect(document.activeElement).toBe(screen.getByRole('button', { name: 'Play' }))
})

test('words that are not shown before the end say so', () => {
  show(0, statusOf({ segments: 7 }), false)
  expect(screen.getByText('The words appear when it is finished.')).toBeTruthy()
})

test.each([
  ['above the words for who comes later', true],
  ['below the words for who watched them come', false],
])('what to do about a failure is %s', (_case, late) => {
  const failed = statusOf({ version: 1_000_099, state: 'failed', stage: 'failed', segments: 3, error: ERROR })
  const status = late ? failed : statusOf({ segments: 3 })
  const element = (now: SessionStatus) => (
    <Transcript session={SESSION} status={now} segments={words(3)} asHeard onRetry={onRetry} />
  )
  render(element(status)).rerender(element(failed))
  const order = list().compareDocumentPosition(screen.getByRole('alert'))
  expect(order).toBe(late ? Node.DOCUMENT_POSITION_PRECEDING : Node.DOCUMENT_POSITION_FOLLOWING)
})

test('a session that failed before the first word can still be heard', () => {
  show(0, statusOf({ state: 'failed', stage: 'failed', error: ERROR }))
  expect(screen.getByRole('button', { name: 'Play' })).toBeTruthy()
})

test('a part does not pass as the whole: it says so, and the rest can be asked for', () => {
  show(2, completed({ segments: 3_000 }))
  expect(screen.getByText(/^2 of 3,000 lines/)).toBeTruthy()
  fireEvent.click(screen.getByRole('button', { name: 'Try again' }))
  expect(onRetry).toHaveBeenCalledOnce()
})

test('the words are in the language that is spoken, each line in its own direction', () => {
  show(2)
  const line = screen.getByText('w1')
  expect([line.lang, line.dir]).toEqual([SESSION.language ?? '', 'auto'])
})
