import { onlineManager } from '@tanstack/react-query'
import { act, fireEvent, screen, waitFor } from '@testing-library/react'
import { afterEach, expect, test, vi } from 'vitest'
import { App } from '../src/App.tsx'
import { dropOf } from './drop.ts'
import { layOut } from './page.ts'
import { ADA, service, sessionOf, show } from './service.tsx'

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

afterEach(() => onlineManager.setOnline(true))

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

/** The reader comes back from another tab. */
const comeBack = () => act(async () => void dispatchEvent(new Event('visibilitychange')))

test('a login that goes well although it cannot be told whose it is says so', async () => {
  const server = service()
  open('/')
  await screen.findByLabelText('Email')
  server.refuseMe = [500, { status: 500, code: 'internal', detail: 'A mistake of ours.' }]
  await signIn()
  expect((await screen.findByRole('alert')).textContent).toBe('A mistake of ours.')
})

test('whoever signed in in another tab is who acts here', async () => {
  const server = service({ signedIn: true })
  const { client } = open('/account')
  await screen.findByText(ADA.email)
  client.setQueryData(['sessions'], ['a secret'])
  server.me = { ...ADA, id: 'u2', email: 'bob@example.com' }
  await comeBack()
  expect(await screen.findByText('bob@example.com')).toBeTruthy()
  expect(client.getQueryData(['sessions'])).toBeUndefined()
})

test('nothing is streamed by the login of the one before', async () => {
  const server = service({ signedIn: true })
  const { world } = open('/')
  await screen.findByText(/Nothing here yet/)
  const before = world.stream
  server.me = { ...ADA, id: 'u2', email: 'bob@example.com' }
  await comeBack()
  await waitFor(() => expect(world.streams.length).toBe(2))
  await act(() => world.advance(2_000))
  expect([before.closed, world.stream.closed]).toEqual([true, false])
})

test('a sign-in in another tab is enough for this one', async () => {
  const server = service()
  open('/account')
  await screen.findByLabelText('Email')
  server.signedIn = true
  await comeBack()
  expect(await screen.findByText(ADA.email)).toBeTruthy()
})

test('the way to the page that is shown says that it is', async () => {
  service({ signedIn: true })
  open('/account')
  const here = await screen.findByRole('link', { name: 'Account', current: 'page' })
  fireEvent.click(screen.getByRole('link', { name: 'Sessions' }))
  expect(here.hasAttribute('aria-current')).toBe(false)
})

test('a server on this machine is reached without a network', async () => {
  onlineManager.setOnline(false)
  service({ signedIn: true })
  open('/account')
  expect(await screen.findByText(ADA.email)).toBeTruthy()
})

test('a file dropped on another page is taken there, and the page stays', async () => {
  vi.stubGlobal('XMLHttpRequest', NeverDone)
  service({ signedIn: true })
  open('/account')
  await screen.findByRole('heading', { name: 'Account' })
  const dataTransfer = dropOf(new File(['a'], 'dropped.mp3'))
  expect(fireEvent.dragOver(document.body, { dataTransfer })).toBe(false)
  expect(screen.getByText('Drop to upload')).toBeTruthy()
  fireEvent.drop(document.body, { dataTransfer })
  const link = await screen.findByRole('link', { name: /^dropped\.mp3/ })
  expect(location.pathname).toBe('/account')
  await waitFor(() => expect(document.title).toBe('Uploading 0% · Account – Playhead'))
  fireEvent.click(link)
  expect(await screen.findByRole('button', { name: 'Stop dropped.mp3' })).toBeTruthy()
  await waitFor(() => expect(document.title).toBe('Uploading 0% · Sessions – Playhead'))
})

test('Back from a session leads to what was found, and what is not searched any more is not in the address', async () => {
  layOut()
  service({ signedIn: true, sessions: [sessionOf('s1', 'talk.mp3'), sessionOf('s2', 'märz.mp3')] })
  open('/')
  const entries = history.length
  const search = await screen.findByRole('searchbox')
  for (const value of ['m', 'mä', 'mär']) fireEvent.change(search, { target: { value } })
  expect(location.search).toBe('')
  await waitFor(() => expect(location.search).toBe(`?q=${encodeURIComponent('mär')}`))
  expect(history.length).toBe(entries)
  fireEvent.click(screen.getByRole('link', { name: 'märz.mp3' }))
  await screen.findByRole('heading', { name: 'märz.mp3' })
  history.back()
  const field = await screen.findByRole<HTMLInputElement>('searchbox')
  expect(field.value).toBe('mär')
  expect(screen.queryByRole('link', { name: 'talk.mp3' })).toBeNull()
  fireEvent.change(field, { target: { value: 'a%20b' } })
  fireEvent.blur(field)
  expect([location.search, field.value]).toEqual(['?q=a%2520b', 'a%20b'])
  fireEvent.change(field, { target: { value: '' } })
  expect(screen.getByRole('link', { name: 'talk.mp3' })).toBeTruthy()
  await waitFor(() => expect(location.href).toMatch(/\/$/))
})

test('an address that leads nowhere says so', async () => {
  service()
  open('/nowhere')
  await signIn()
  expect(await screen.findByText('There is nothing at this address')).toBeTruthy()
})
