import { fireEvent, screen, waitFor } from '@testing-library/react'
import { expect, test } from 'vitest'
import { App } from '../src/App.tsx'
import { press } from './page.ts'
import { service, show } from './service.tsx'

async function open(site: NonNullable<Parameters<typeof service>[0]>['site']) {
  const server = service(site === undefined ? {} : { site })
  show(<App />)
  await screen.findByLabelText('Email')
  await waitFor(() => expect(server.asked.some(({ path }) => path === '/site')).toBe(true))
  return server
}

test('an invite is asked for where one is needed, and sent', async () => {
  const server = await open({ registration: 'invite', support_contact: '' })
  press(await screen.findByRole('button', { name: 'Create an account' }))
  await screen.findByLabelText('Invite')
  fireEvent.change(screen.getByLabelText('Email'), { target: { value: 'bob@example.com' } })
  fireEvent.change(screen.getByLabelText('Password'), { target: { value: 'a long secret' } })
  fireEvent.change(screen.getByLabelText('Invite'), { target: { value: 'phi_1' } })
  press(screen.getByRole('button', { name: 'Create an account' }))
  await waitFor(() => expect(server.signedIn).toBe(true))
  const registered = server.asked.find(({ path }) => path === '/auth/register')
  expect(registered?.body).toEqual({ email: 'bob@example.com', password: 'a long secret', invite: 'phi_1' })
})

test('no invite is asked for where registration is open', async () => {
  await open({ registration: 'open', support_contact: '' })
  press(await screen.findByRole('button', { name: 'Create an account' }))
  expect(screen.queryByLabelText('Invite')).toBeNull()
  expect(screen.queryByText(/Forgot your password/)).toBeNull()
})

test('where registration is closed nobody is offered an account', async () => {
  await open({ registration: 'closed', support_contact: 'Bob, 2nd floor' })
  expect(await screen.findByText(/Ask Bob, 2nd floor/)).toBeTruthy()
  expect(screen.queryByRole('button', { name: 'Create an account' })).toBeNull()
})

test.each([
  ['help@example.org', 'mailto:help@example.org'],
  ['https://example.org/help', 'https://example.org/help'],
  ['javascript:alert(1)', undefined],
  ['Bob', undefined],
])('the contact %s links to %s', async (contact, href) => {
  await open({ registration: 'open', support_contact: contact })
  await screen.findByText(/Forgot your password/)
  expect(screen.queryByRole('link', { name: contact })?.getAttribute('href')).toBe(href)
})
