import { fireEvent, screen, waitFor, within } from '@testing-library/react'
import { expect, test } from 'vitest'
import { App } from '../src/App.tsx'
import type { Person } from '../src/api/people.ts'
import { press } from './page.ts'
import { ADA, service, show } from './service.tsx'

const BOB: Person = {
  id: 'u2',
  email: 'bob@example.com',
  is_admin: false,
  created_at: '2025-11-23T16:20:08Z',
  disabled_at: null,
  quota: ADA.quota,
  own_quota: { bytes: 20_000_000_000, hours: null, queued: 0 },
}

function open(people: readonly Person[] = [BOB]) {
  history.replaceState(null, '', '/admin')
  const server = service({ signedIn: true, me: { ...ADA, is_admin: true } })
  server.people = people
  show(<App />)
  const deeds = () => server.asked.filter(({ method }) => method !== 'GET').map(({ method, path, body }) => [method, path, body])
  return { server, deeds }
}

test('an admin sees who there is and what each uses', async () => {
  open()
  const row = (await screen.findByText('bob@example.com')).closest('li')
  expect(row?.textContent).toMatch(/21\u{A0}GB of 50\u{A0}GB · 1\.3 of 24 h today · 3 waiting · since Nov 23, 2025/u)
  expect(screen.getByText('1 person')).toBeTruthy()
})

test('a search is asked of the server, and its outcome is said', async () => {
  const { server } = open()
  await screen.findByText('bob@example.com')
  server.people = []
  fireEvent.change(screen.getByLabelText('Email contains'), { target: { value: ' eve ' } })
  press(screen.getByRole('button', { name: 'Search' }))
  expect((await screen.findAllByText('Nobody has that in their email.')).length).toBeGreaterThan(0)
  await waitFor(() => expect(screen.getByRole('status').textContent).toBe('Nobody has that in their email.'))
})

test('disabling asks first, and turns into enabling', async () => {
  const { deeds } = open()
  press(await screen.findByRole('button', { name: 'Disable bob@example.com' }))
  expect(deeds()).toEqual([])
  press(within(screen.getByRole('dialog')).getByRole('button', { name: 'Disable' }))
  const enable = await screen.findByRole('button', { name: 'Enable bob@example.com' })
  expect(screen.getByText('Disabled')).toBeTruthy()
  expect(deeds()).toEqual([['POST', '/admin/users/u2/disable', undefined]])
  press(enable)
  await screen.findByRole('button', { name: 'Disable bob@example.com' })
})

test('signing out everywhere asks first', async () => {
  const { deeds } = open()
  press(await screen.findByRole('button', { name: 'Sign out bob@example.com everywhere' }))
  press(within(screen.getByRole('dialog')).getByRole('button', { name: 'Sign out' }))
  await waitFor(() => expect(deeds()).toEqual([['POST', '/admin/users/u2/sign-out', undefined]]))
})

test('a quota is filled in as it is, and empty means the setting', async () => {
  const { deeds } = open()
  press(await screen.findByRole('button', { name: 'Quota of bob@example.com' }))
  const stored = screen.getByLabelText<HTMLInputElement>('Stored, in GB')
  expect([stored.value, screen.getByLabelText<HTMLInputElement>('Files waiting').value]).toEqual(['20', '0'])
  fireEvent.change(stored, { target: { value: '' } })
  fireEvent.change(screen.getByLabelText('Hours a day'), { target: { value: '1.5' } })
  press(screen.getByRole('button', { name: 'Save' }))
  await waitFor(() => expect(deeds()).toEqual([['PUT', '/admin/users/u2/quota', { bytes: null, hours: 1.5, queued: 0 }]]))
})

test('what is refused says so in the row', async () => {
  const { server } = open()
  await screen.findByText('bob@example.com')
  server.refuse = [409, { status: 409, code: 'own_account', detail: 'This is your own account.' }]
  press(screen.getByRole('button', { name: 'Disable bob@example.com' }))
  press(within(screen.getByRole('dialog')).getByRole('button', { name: 'Disable' }))
  expect((await screen.findByRole('alert')).textContent).toBe('This is your own account.')
})

test('an invite is shown once, with its end', async () => {
  open()
  press(await screen.findByRole('button', { name: 'Make an invite' }))
  expect(await screen.findByText('phi_1')).toBeTruthy()
  expect(screen.getByText(/Copy the invite now/)).toBeTruthy()
})
