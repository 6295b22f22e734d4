import { act, renderHook } from '@testing-library/react'
import { beforeEach, expect, test, vi } from 'vitest'
import page from '../index.html?raw'
import { useFavicon } from '../src/lib/useFavicon.ts'

type Given = Parameters<typeof useFavicon>[0]

const PLAIN = '/favicon.svg'
const at = (progress: number | null): Given => ({ state: 'processing', progress })
const DONE: Given = { state: 'completed', progress: 1 }

const icon = () => document.querySelector('link[rel="icon"]')?.getAttribute('href') ?? ''
/** How far the icon is filled, of 32. */
const filled = () => Number(/h([\d.]+)v32H0z/.exec(decodeURIComponent(icon()).split('#e2581a').at(1) ?? '')?.[1])
const isGood = () => decodeURIComponent(icon()).includes('#0b7a63')
const look = () => act(() => void document.dispatchEvent(new Event('visibilitychange')))

beforeEach(() => {
  vi.useFakeTimers()
  document.head.innerHTML = new DOMParser().parseFromString(page, 'text/html').head.innerHTML
  return () => document.head.replaceChildren()
})

function show(first: Given) {
  const { rerender, unmount } = renderHook(useFavicon, { initialProps: first })
  const pass = (ms: number) => act(() => void vi.advanceTimersByTime(ms))
  const change = (next: Given) => {
    rerender(next)
    pass(1_000)
  }
  return { rerender, pass, change, unmount }
}

test('the icon is filled as far as the session is', () => {
  const { change } = show(at(0.5))
  expect(filled()).toBe(16)
  change(at(0.75))
  expect(filled()).toBe(24)
})

test('the icon changes at every twentieth only', async () => {
  const { change } = show(at(0.5))
  const changed = vi.fn()
  const observer = new MutationObserver(changed)
  observer.observe(document.head, { subtree: true, attributes: true, childList: true })
  change(at(0.51))
  change(at(0.549))
  await Promise.resolve()
  expect(changed).not.toHaveBeenCalled()
  change(at(0.55))
  await Promise.resolve()
  expect(changed).toHaveBeenCalledOnce()
  observer.disconnect()
})

test('the icon changes once a second at most', () => {
  const { rerender, pass } = show(at(0))
  rerender(at(0.25))
  pass(0)
  rerender(at(0.5))
  pass(999)
  expect(filled()).toBe(8)
  pass(1)
  expect(filled()).toBe(16)
})

test.each<Given>([at(null), { state: 'queued', progress: 0 }, { state: 'failed', progress: 0.5 }, { state: 'canceled', progress: 0.5 }])(
  'the icon is plain where nothing goes on: %o',
  (given) => {
    const { change } = show(at(0.5))
    change(given)
    expect(icon()).toBe(PLAIN)
  },
)

test('a session that is completed has an icon of its own until it is looked at', () => {
  const { change } = show(at(0.95))
  change(DONE)
  expect(isGood()).toBe(true)
  look()
  change(DONE)
  expect(icon()).toBe(PLAIN)
})

test('a session that was completed before has the plain icon', () => {
  show(DONE)
  expect(icon()).toBe(PLAIN)
})

test('the icon is plain again when the page is left', () => {
  const { unmount } = show(at(0.5))
  unmount()
  expect(icon()).toBe(PLAIN)
})

test('the icon stays as it is under reduced motion', () => {
  vi.stubGlobal('matchMedia', (media: string) => ({ matches: media === '(prefers-reduced-motion: reduce)' }))
  const { change } = show(at(0.5))
  change(DONE)
  expect(icon()).toBe(PLAIN)
})
