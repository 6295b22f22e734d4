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

/** jsdom neither lays out nor plays: here a line is ten pixels, a scroller shows a hundred, and a player obeys. */
export function layOut() {
  const resized = new Set<() => void>()
  const page = {
    height: 0,
    play: vi.fn(() => Promise.resolve()),
    /** What is observed has got its size. */
    resize: () => {
      for (const run of resized) run()
    },
    /** The reader scrolls. */
    scroll(element: Element, top: number) {
      element.scrollTop = top
      fireEvent.scroll(element)
    },
  }
  class Observer {
    constructor(private readonly run: () => void) {}
    observe = () => resized.add(this.run)
    disconnect = () => resized.delete(this.run)
  }
  vi.stubGlobal('ResizeObserver', Observer)
  vi.spyOn(Element.prototype, 'scrollHeight', 'get').mockImplementation(() => page.height)
  vi.spyOn(Element.prototype, 'clientHeight', 'get').mockReturnValue(VIEW_PX)
  vi.spyOn(Element.prototype, 'scrollTo').mockImplementation(function scrollTo(this: Element, options?: ScrollToOptions | number) {
    const top = typeof options === 'object' ? (options.top ?? 0) : 0
    this.scrollTop = Math.max(0, Math.min(top, page.height - VIEW_PX))
    fireEvent.scroll(this)
  })
  vi.spyOn(Element.prototype, 'getBoundingClientRect').mockImplementation(function rect(this: Element) {
    if (this.tagName !== 'LI') return new DOMRect(0, 0, 100, VIEW_PX)
    const scroller = this.closest('[role=group]')
    const index = [...(scroller?.querySelectorAll('li') ?? [])].findIndex((line) => line === this)
    const top = index * LINE_PX - (scroller?.scrollTop ?? 0)
    return new DOMRect(0, top, 100, LINE_PX)
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
