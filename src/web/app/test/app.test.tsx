// @vitest-environment jsdom
import { cleanup, fireEvent, screen } from '@testing-library/react'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { App } from '../src/App.tsx'
import { ADA, service, show } from './service.tsx'

/** An upload that stays on its way. */
class NeverDone {
  readonly upload = new EventTarget()
  readonly open = () => {}
  readonly setRequestHeader = () => {}
  readonly addEventListener = () => {}
  readonly send = () => {}
  readonly abort = () => {}
}

function open(path: string) {
  history.replaceState(null, '', path)
  return show(<App />)
}

async function signIn() {
  fireEvent.change(await screen.findByLabelText('Email'), { target: { value: ADA.email } })
  fireEvent.change(screen.getByLabelText('Password'), { target: { value: 'a long secret' } })
  fireEvent.click(screen.getByRole('button', { name: 'Sign in' }))
}

beforeEach(() => vi.stubGlobal('scrollTo', () => {}))
afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})

test('who is not signed in is asked to, and finds the page they wanted', async () => {
  service()
  open('/account')
  await signIn()
  expect(await screen.findByText(ADA.email)).toBeTruthy()
  expect(location.pathname).toBe('/account')
  expect(document.activeElement).toBe(screen.getByRole('main'))
})

test('signing out shows the way in again', async () => {
  service()
  open('/account')
  await signIn()
  fireEvent.click(await screen.findByRole('button', { name: 'Sign out' }))
  expect(await screen.findByRole('heading', { name: 'Sign in' })).toBeTruthy()
})

test('a login that ended elsewhere is noticed by whatever asks next', async () => {
  const server = service()
  const { client } = open('/')
  await signIn()
  await screen.findByText(/Nothing here yet/)
  server.signedIn = false
  await client.invalidateQueries({ queryKey: ['sessions'] })
  expect(await screen.findByRole('heading', { name: 'Sign in' })).toBeTruthy()
})

test('requests that change something carry the header that other sites cannot set', async () => {
  const { asked } = service()
  open('/')
  await signIn()
  await screen.findByText(/Nothing here yet/)
  const unsafe = asked.filter(({ method }) => method !== 'GET')
  expect(unsafe.map(({ path }) => path)).toEqual(['/auth/login'])
  expect(unsafe.every(({ headers }) => headers['X-Requested-With'] === 'playhead')).toBe(true)
})

test('a file can be sent from a page that is not secure, such as http:// on a local network', async () => {
  vi.stubGlobal('crypto', { ...crypto, randomUUID: undefined })
  vi.stubGlobal('XMLHttpRequest', NeverDone)
  service()
  open('/')
  await signIn()
  fireEvent.change(await screen.findByLabelText('Choose a recording'), {
    target: { files: [new File(['a'], 'one.mp3'), new File(['b'], 'two.mp3')] },
  })
  expect(await screen.findByText('one.mp3')).toBeTruthy()
  expect(screen.getByText('two.mp3')).toBeTruthy()
})

test('an address that leads nowhere says so', async () => {
  service()
  open('/nowhere')
  await signIn()
  expect(await screen.findByText('There is nothing at this address')).toBeTruthy()
})
