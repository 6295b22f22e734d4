import { act, cleanup, fireEvent, screen } from '@testing-library/react'
import { expect, test, vi } from 'vitest'
import { App } from '../src/App.tsx'
import { ADA, service, show } from './service.tsx'

const BOB = { ...ADA, id: 'u2', email: 'bob@example.com' }

const chosen = () => screen.findByLabelText<HTMLSelectElement>('Language')

/** Opens the sessions as they are after a reload. */
function open(me = ADA) {
  cleanup()
  const server = service({ signedIn: true, me })
  show(<App />)
  return server
}

async function choose(language: string) {
  fireEvent.change(await chosen(), { target: { value: language } })
}

test('the language is remembered', async () => {
  open()
  await choose('de')
  open()
  expect((await chosen()).value).toBe('de')
})

test('the language is detected again where that is chosen', async () => {
  open()
  await choose('de')
  await choose('')
  expect(localStorage.length).toBe(0)
  open()
  expect((await chosen()).value).toBe('')
})

test('another person has a choice of their own', async () => {
  const server = open()
  await choose('de')
  server.me = BOB
  await act(async () => void dispatchEvent(new Event('visibilitychange')))
  await vi.waitFor(async () => expect((await chosen()).value).toBe(''))
  await choose('fr')
  open(ADA)
  expect((await chosen()).value).toBe('de')
})

test('a stored language that is not offered is detected instead', async () => {
  open()
  await choose('de')
  const [key = ''] = Object.keys(localStorage)
  localStorage.setItem(key, 'tlh')
  open()
  expect((await chosen()).value).toBe('')
})

test('the choice holds until the page is left where nothing may be stored', async () => {
  vi.stubGlobal('localStorage', {
    getItem: () => {
      throw new DOMException('Denied', 'SecurityError')
    },
    setItem: () => {
      throw new DOMException('Denied', 'SecurityError')
    },
    clear: () => {},
  })
  open()
  await choose('de')
  expect((await chosen()).value).toBe('de')
  open()
  expect((await chosen()).value).toBe('')
})
