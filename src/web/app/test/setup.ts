import { cleanup } from '@testing-library/react'
import { afterEach, beforeEach, vi } from 'vitest'

// All tests of the page share one document: each finds it as if it had just been opened.
beforeEach(() => {
  history.replaceState(null, '', '/')
  vi.stubGlobal('scrollTo', () => {})
})
afterEach(() => {
  cleanup()
  vi.useRealTimers()
  vi.unstubAllGlobals()
  sessionStorage.clear()
  localStorage.clear()
})

// jsdom has no media queries: here none matches.
window.matchMedia ??= (media) => Object.assign(new EventTarget(), { media, matches: false, onchange: null, addListener() {}, removeListener() {} })
// jsdom reads no files this way.
Blob.prototype.arrayBuffer ??= () => Promise.resolve(new ArrayBuffer(1))
// jsdom lays nothing out. A test that needs a layout has one by `layOut`.
Element.prototype.scrollTo ??= () => {}

// jsdom has no modal dialogs. Here they take the focus and give it back, as in a browser.
const openers = new WeakMap<HTMLDialogElement, Element | null>()
HTMLDialogElement.prototype.showModal = function showModal() {
  this.open = true
  openers.set(this, document.activeElement)
  this.querySelector('button')?.focus()
}
HTMLDialogElement.prototype.close = function close() {
  this.open = false
  const opener = openers.get(this)
  if (opener instanceof HTMLElement) opener.focus()
}
