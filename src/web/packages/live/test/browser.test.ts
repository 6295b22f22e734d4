// @vitest-environment jsdom
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { browserEnv } from '../src/browser.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
  sessionStorage.clear()
})

const visible = (state: DocumentVisibilityState) =>
  vi.spyOn(document, 'visibilityState', 'get').mockReturnValue(state)

test('visibility follows the events of the page', () => {
  const env = browserEnv()
  const changes: string[] = []
  const stop = env.onChange(() => changes.push(env.presence()))
  const fire = (target: EventTarget, ...types: readonly string[]) => {
    for (const type of types) target.dispatchEvent(new Event(type))
  }
  expect(env.presence()).toBe('shown')
  visible('hidden')
  fire(document, 'visibilitychange', 'freeze', 'visibilitychange', 'resume')
  visible('visible')
  fire(document, 'visibilitychange')
  fire(window, 'pagehide', 'pageshow', 'online', 'offline')
  expect(changes).toEqual(['hidden', 'away', 'away', 'hidden', 'shown', 'away', 'shown', 'shown', 'shown'])
  stop()
  stop()
  fire(window, 'online', 'pagehide')
  expect(changes).toHaveLength(9)
  expect(env.presence()).toBe('shown')
})

test.each([
  [true, true],
  [false, false],
  [undefined, false],
])('Global Privacy Control (%s) is obeyed', (globalPrivacyControl, isPrivate) => {
  vi.stubGlobal('navigator', { globalPrivacyControl })
  expect(browserEnv().isPrivate?.()).toBe(isPrivate)
})

test('a frame runs once, before the next paint or after 250 ms', () => {
  const env = browserEnv()
  const run = vi.fn<() => void>()
  env.nextFrame(run)
  vi.advanceTimersByTime(20)
  expect(run).toHaveBeenCalledTimes(1)
  vi.stubGlobal('requestAnimationFrame', () => 0)
  env.nextFrame(run)
  vi.advanceTimersByTime(240)
  expect(run).toHaveBeenCalledTimes(1)
  vi.advanceTimersByTime(20)
  expect(run).toHaveBeenCalledTimes(2)
  env.nextFrame(run)()
  env.after(10, run)()
  vi.advanceTimersByTime(1_000)
  expect(run).toHaveBeenCalledTimes(2)
  expect(vi.getTimerCount()).toBe(0)
  env.after(10, run)
  vi.advanceTimersByTime(10)
  expect(run).toHaveBeenCalledTimes(3)
})

test('the tab stores values unless storage is forbidden', () => {
  const env = browserEnv()
  expect(env.memory('key')).toBe(0)
  expect(env.memory('key', 7)).toBe(7)
  expect(browserEnv().memory('key')).toBe(7)
  vi.stubGlobal('sessionStorage', undefined)
  expect(env.memory('key', 8)).toBe(0)
})

test('without EventSource there is no openEvents', () => {
  expect(browserEnv().openEvents).toBeUndefined()
  const opened = vi.fn<(url: string, init: unknown) => void>()
  vi.stubGlobal('EventSource', opened)
  browserEnv().openEvents?.('/stream')
  expect(opened).toHaveBeenCalledWith('/stream', { withCredentials: true })
})

test('the protocol is that of the last response from the address', () => {
  const entries: Record<string, object[]> = {
    navigation: [{ name: 'http://localhost:3000/', nextHopProtocol: 'http/1.1' }],
    other: [{ name: 'https://api.test:8443/', nextHopProtocol: 'h3' }],
    resource: [{ name: 'https://api.test/status', nextHopProtocol: 'h2' }],
  }
  vi.stubGlobal('performance', { getEntriesByType: (type: string) => (type === 'resource' ? [...(entries.resource ?? []), ...(entries.other ?? [])] : entries[type]) })
  const env = browserEnv()
  expect(env.protocol('/api/v1/stream')).toBe('http/1.1')
  expect(env.protocol('https://api.test/stream')).toBe('h2')
  expect(env.protocol('https://other.test/stream')).toBeUndefined()
})

test('the rest is that of the platform', async () => {
  const fetched = vi.fn<() => Promise<string>>().mockResolvedValue('answer')
  vi.stubGlobal('fetch', fetched)
  vi.spyOn(navigator, 'onLine', 'get').mockReturnValue(false)
  const env = browserEnv()
  expect(await env.fetch('/x', {})).toBe('answer')
  expect(env.isOnline()).toBe(false)
  expect(env.date()).toBe(Date.now())
  expect(env.now()).toBe(performance.now())
  expect(env.random()).toBeGreaterThanOrEqual(0)
})
