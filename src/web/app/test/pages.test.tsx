import { fireEvent, screen, waitFor, within } from '@testing-library/react'
import { expect, test, vi } from 'vitest'
import { App } from '../src/App.tsx'
import { ErrorBoundary } from '../src/components/ErrorBoundary.tsx'
import { press } from './page.ts'
import { ADA, TOKEN, service, sessionOf, show } from './service.tsx'

const ADMIN = { ...ADA, is_admin: true }

function open(path: string, options: Parameters<typeof service>[0] = {}) {
  history.replaceState(null, '', path)
  const server = service({ signedIn: true, ...options })
  show(<App />)
  return server
}

async function refuse(code: string, detail: string) {
  open('/', { signedIn: false })
  const problem = { status: 400, code, detail }
  fireEvent.change(await screen.findByLabelText('Email'), { target: { value: 'ada@example.com' } })
  fireEvent.change(screen.getByLabelText('Password'), { target: { value: 'short' } })
  vi.stubGlobal('fetch', () => Promise.resolve(new Response(JSON.stringify(problem), { status: 400 })))
  fireEvent.click(screen.getByRole('button', { name: 'Sign in' }))
  await screen.findByText(detail)
}

test('a refusal stands at the field that it is about, for the eyes and for who listens', async () => {
  await refuse('weak_password', 'The password is too easy to guess.')
  const field = screen.getByLabelText('Password')
  expect(field.getAttribute('aria-invalid')).toBe('true')
  const described = document.getElementById(field.getAttribute('aria-describedby')?.split(' ').at(-1) ?? '')
  expect(described?.textContent).toBe('The password is too easy to guess.')
  expect(screen.getByLabelText('Email').hasAttribute('aria-invalid')).toBe(false)
})

test('one about both fields stands by itself', async () => {
  await refuse('wrong_credentials', 'The email or the password is wrong.')
  expect(screen.getByRole('alert').textContent).toBe('The email or the password is wrong.')
  expect(screen.getByLabelText('Email').hasAttribute('aria-invalid')).toBe(false)
})

test('the admin pages are for admins, and nobody else is shown a way to them', async () => {
  open('/admin')
  expect(await screen.findByText('There is nothing at this address')).toBeTruthy()
  expect(screen.queryByRole('link', { name: 'Admin' })).toBeNull()
})

test('an admin looks up how updates reach a person, by their email, and again when asked again', async () => {
  const server = open('/admin', { me: ADMIN })
  fireEvent.change(await screen.findByLabelText('Email or id'), { target: { value: ' ada@example.com ' } })
  const look = screen.getByRole('button', { name: 'Look up' })
  fireEvent.click(look)
  const why = await screen.findByText(/are not switched on for this account/)
  expect(screen.getByRole('status').textContent).toBe('ada@example.com: By checking every few seconds')
  expect(why.closest('[aria-live], [role=status]')).toBeNull()
  const flag = within(screen.getByRole('rowheader', { name: 'sse.status-stream' }).closest('tr') ?? document.body)
  expect(flag.getByRole('cell').textContent).toBe('Off')
  expect(screen.getByText('1 of 20')).toBeTruthy()
  const lookups = () => server.asked.filter(({ path }) => path.endsWith('/transport')).length
  await waitFor(() => expect(look.hasAttribute('disabled')).toBe(false))
  fireEvent.click(look)
  await waitFor(() => expect(lookups()).toBe(2))
})

test('somebody who does not exist is said not to', async () => {
  open('/admin', { me: ADMIN })
  fireEvent.change(await screen.findByLabelText('Email or id'), { target: { value: 'nobody' } })
  fireEvent.click(screen.getByRole('button', { name: 'Look up' }))
  expect((await screen.findByRole('alert')).textContent).toBe('Not here.')
})

test('how updates reach oneself is the answer of the moment in which it is opened', async () => {
  const server = open('/account')
  const summary = await screen.findByText('How updates reach you')
  const reads = () => server.asked.filter(({ path }) => path === '/me').length
  const before = reads()
  const details = summary.closest('details')
  if (details === null) throw new Error('the summary is in no details')
  details.open = true
  fireEvent(details, new Event('toggle'))
  await waitFor(() => expect(reads()).toBe(before + 1))
  expect(await screen.findByText('By checking every few seconds')).toBeTruthy()
  expect(screen.getByRole('link', { name: 'Test my connection' }).getAttribute('href')).toBe('/connection')
})

test('a page that breaks says so in its place, and the rest stays', async () => {
  vi.spyOn(console, 'error').mockImplementation(() => {})
  const Broken = () => {
    throw new Error('broken')
  }
  show(
    <>
      <p>the rest</p>
      <ErrorBoundary>
        <Broken />
      </ErrorBoundary>
    </>,
  )
  expect((await screen.findByRole('alert')).textContent).toMatch(/could not be loaded/)
  expect(screen.getByText('the rest')).toBeTruthy()
})

test('a page that broke does not keep the others from being shown', async () => {
  vi.spyOn(console, 'error').mockImplementation(() => {})
  const broken = { ...sessionOf('s1', 'talk.mp3'), created_at: 'never' }
  open('/sessions/s1', { sessions: [broken] })
  await screen.findByText(/could not be loaded/)
  fireEvent.click(screen.getByRole('link', { name: 'Account' }))
  expect(await screen.findByText('API tokens')).toBeTruthy()
})

test('deleting a token leaves the keyboard at what it was one of', async () => {
  const server = open('/account')
  server.tokens = [TOKEN]
  press(await screen.findByRole('button', { name: 'Delete laptop' }))
  press(screen.getByRole('button', { name: 'Delete it' }))
  await waitFor(() => expect(screen.queryByText('laptop')).toBeNull())
  expect(document.activeElement?.textContent).toBe('API tokens')
})

test('the secret of a new token can be copied on a page that is not secure as well', async () => {
  document.execCommand = () => true
  open('/account')
  fireEvent.change(await screen.findByLabelText('Name of a new token'), { target: { value: 'laptop' } })
  fireEvent.click(screen.getByRole('button', { name: 'Create token' }))
  fireEvent.click(await screen.findByRole('button', { name: 'Copy' }))
  expect(await screen.findByRole('button', { name: 'Copied' })).toBeTruthy()
})

test('the secret of a token that was deleted is not asked to be kept', async () => {
  const server = open('/account')
  server.tokens = [TOKEN]
  fireEvent.change(await screen.findByLabelText('Name of a new token'), { target: { value: 'laptop' } })
  fireEvent.click(screen.getByRole('button', { name: 'Create token' }))
  expect((await screen.findByText(/Copy the secret of laptop now/)).role).toBe('status')
  press(await screen.findByRole('button', { name: 'Delete laptop' }))
  press(screen.getByRole('button', { name: 'Delete it' }))
  await waitFor(() => expect(screen.queryByText(/Copy the secret/)).toBeNull())
})

test('a service that is away is said to be, and can be asked again', async () => {
  const server = service({ signedIn: true })
  server.down = true
  history.replaceState(null, '', '/account')
  show(<App />)
  expect((await screen.findByRole('alert')).textContent).toMatch(/cannot be reached/)
  server.down = false
  fireEvent.click(screen.getByRole('button', { name: 'Try again' }))
  expect(await screen.findByText(ADA.email)).toBeTruthy()
})
