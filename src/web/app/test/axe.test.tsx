// @vitest-environment jsdom
import { cleanup, screen } from '@testing-library/react'
import axe from 'axe-core'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { App } from '../src/App.tsx'
import { ADA, service, sessionOf, show } from './service.tsx'

const FAILED = {
  state: 'failed',
  stage: 'failed',
  error: { code: 'gave_up', message: 'It was tried three times.', retryable: true, debug_id: 'd1' },
} as const

/** Each page by its address, and something that is there when it is whole. */
const PAGES: readonly (readonly [name: string, path: string, options: Parameters<typeof service>[0], sign: string | RegExp])[] = [
  ['sign in', '/', { signedIn: false }, 'Email'],
  ['sessions', '/', { sessions: [sessionOf('s1', 'talk.mp3'), sessionOf('s2', 'b.mp3', FAILED)] }, 'talk.mp3'],
  ['no sessions', '/', {}, 'Add a recording'],
  ['session', '/sessions/s1', { sessions: [sessionOf('s1', 'talk.mp3')] }, 'talk.mp3'],
  ['failed session', '/sessions/s2', { sessions: [sessionOf('s2', 'b.mp3', FAILED)] }, 'b.mp3'],
  ['account', '/account', {}, 'API tokens'],
  ['admin', '/admin', { me: { ...ADA, is_admin: true } }, 'Email or id'],
  ['not found', '/nowhere', {}, 'There is nothing at this address'],
]

beforeEach(() => {
  document.documentElement.lang = 'en'
  vi.stubGlobal('scrollTo', () => {})
  // jsdom lays nothing out and paints nothing.
  vi.stubGlobal('ResizeObserver', class { observe() {} unobserve() {} disconnect() {} })
  HTMLCanvasElement.prototype.getContext = () => null
})
afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})

/** What is wrong with the page as it is. Colours need a browser that paints; the tests in Chromium look at them. */
async function violations(): Promise<readonly string[]> {
  const found = await axe.run(document, { rules: { 'color-contrast': { enabled: false } }, resultTypes: ['violations'] })
  return found.violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`))
}

test.each(PAGES)('axe finds nothing wrong with the page: %s', async (_, path, options, sign) => {
  history.replaceState(null, '', path)
  service({ signedIn: true, ...options })
  show(<App />)
  await screen.findAllByText(sign)
  expect(await violations()).toEqual([])
})

test('axe would find something', async () => {
  show(<input />)
  expect(await violations()).not.toEqual([])
})
