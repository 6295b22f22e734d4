// @vitest-environment jsdom
import { cleanup, fireEvent, render, screen } from '@testing-library/react'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Transcript } from '../src/components/Transcript.tsx'

const words = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ index, start_s: index * 5, end_s: index * 5 + 5, text: ` w${index}` }))

let height = 0

beforeEach(() => {
  // jsdom lays nothing out: ten pixels a line, in a window of a hundred.
  Object.defineProperty(HTMLElement.prototype, 'scrollHeight', { configurable: true, get: () => height })
  Object.defineProperty(HTMLElement.prototype, 'clientHeight', { configurable: true, get: () => 100 })
  HTMLElement.prototype.scrollTo = function scrollTo(options) {
    if (typeof options === 'object') this.scrollTop = (options.top ?? 0) - 100
  }
})
afterEach(cleanup)

function show(count: number, live = true) {
  height = count * 10
  const view = render(<Transcript segments={words(count)} live={live} />)
  return (more: number) => {
    height = more * 10
    view.rerender(<Transcript segments={words(more)} live={live} />)
  }
}

test('it follows the words until the reader scrolls up, and again when asked to', () => {
  const grow = show(20)
  const scroller = screen.getByRole('group', { name: 'Words' })
  expect(scroller.scrollTop).toBe(100)
  grow(30)
  expect(scroller.scrollTop).toBe(200)
  scroller.scrollTop = 50
  fireEvent.scroll(scroller)
  grow(40)
  expect(scroller.scrollTop).toBe(50)
  fireEvent.click(screen.getByRole('button', { name: 'Follow the newest' }))
  expect(scroller.scrollTop).toBe(300)
  grow(50)
  expect(scroller.scrollTop).toBe(400)
})

test('a transcript that is complete starts at its beginning', () => {
  show(50, false)
  expect(screen.getByRole('group', { name: 'Words' }).scrollTop).toBe(0)
  expect(screen.queryByRole('button')).toBeNull()
})
