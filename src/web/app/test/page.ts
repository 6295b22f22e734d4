import { statusOf } from '@playhead/session-status/testing'
import { fireEvent } from '@testing-library/react'
import { vi } from 'vitest'
import type { Session } from '../src/api/types.ts'

export const SESSION: Session = {
  id: 's1',
  filename: 'talk.mp3',
  language: 'en',
  size_bytes: 1_000_000,
  duration_s: 600,
  created_at: '2026-11-23T16:20:00Z',
  status: statusOf(),
}

/** Lines of five seconds each. */
export const words = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ index, start_s: index * 5, end_s: index * 5 + 5, text: ` w${index}` }))

const LINE_PX = 10
const VIEW_PX = 100

/**
 * Lays the page out, which jsdom does not: a line is ten pixels high, the first one is at the top of the page, and the window
 * shows a hundred. A player obeys.
 */
export function layOut() {
  const resized = new Set<() => void>()
  let scrolledTo = 0
  const page = {
    /** Of the list of lines. */
    height: 0,
    play: vi.fn(() => Promise.resolve()),
    /** What is observed has got its size. */
    resize: () => {
      for (const run of resized) run()
    },
    get scrolledTo() {
      return scrolledTo
    },
    /** The reader scrolls the page. */
    scroll(top: number) {
      scrolledTo = Math.max(0, Math.min(top, page.height - VIEW_PX))
      fireEvent.scroll(window)
    },
  }
  class Observer {
    constructor(private readonly run: () => void) {}
    observe = () => resized.add(this.run)
    disconnect = () => resized.delete(this.run)
  }
  vi.stubGlobal('ResizeObserver', Observer)
  vi.spyOn(window, 'scrollY', 'get').mockImplementation(() => scrolledTo)
  vi.spyOn(window, 'scrollTo').mockImplementation((options?: ScrollToOptions | number) => page.scroll(typeof options === 'object' ? (options.top ?? 0) : 0))
  vi.spyOn(Element.prototype, 'clientHeight', 'get').mockReturnValue(VIEW_PX)
  Element.prototype.scrollIntoView = () => {}
  vi.spyOn(Element.prototype, 'getBoundingClientRect').mockImplementation(function rect(this: Element) {
    const list = this.closest('[role=group][aria-label=Words]')
    if (this === list) return new DOMRect(0, -scrolledTo, 100, page.height)
    const index = [...(list?.querySelectorAll('li') ?? [])].findIndex((line) => line === this)
    return new DOMRect(0, index * LINE_PX - scrolledTo, 100, LINE_PX)
  })
  vi.spyOn(HTMLMediaElement.prototype, 'play').mockImplementation(page.play)
  vi.spyOn(HTMLMediaElement.prototype, 'pause').mockImplementation(() => {})
  vi.spyOn(HTMLMediaElement.prototype, 'load').mockImplementation(() => {})
  vi.spyOn(HTMLMediaElement.prototype, 'readyState', 'get').mockReturnValue(4)
  return page
}

/** Clicks as a person does, who puts the focus there. */
export function press(element: HTMLElement) {
  element.focus()
  fireEvent.click(element)
}
