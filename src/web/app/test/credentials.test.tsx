import { fireEvent, screen, waitFor, within } from '@testing-library/react'
import { expect, test } from 'vitest'
import { App } from '../src/App.tsx'
import { browserOf } from '../src/lib/browserOf.ts'
import { press } from './page.ts'
import { HERE, TOKEN, service, show } from './service.tsx'

const CHROME = 'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36'
const PHONE = { ...HERE, id: 'l2', user_agent: CHROME, current: false }
const SCRIPT = { ...HERE, id: 'l3', user_agent: 'curl/8.1', address: null, current: false }

function open() {
  history.replaceState(null, '', '/account')
  const server = service({ signedIn: true })
  show(<App />)
  return server
}

function fill(label: string, value: string) {
  fireEvent.change(screen.getByLabelText(label), { target: { value } })
}

async function changePassword() {
  await screen.findByLabelText('Current password')
  fill('Current password', 'old one')
  fill('New password', 'a new one')
  fireEvent.click(screen.getByRole('button', { name: 'Change password' }))
}

test('a changed password is sent with the old one and confirmed', async () => {
  const server = open()
  await changePassword()
  expect((await screen.findByText(/Password changed/)).role).toBe('status')
  const sent = server.asked.find(({ path }) => path === '/auth/password')
  expect(sent?.body).toEqual({ password: 'old one', new_password: 'a new one' })
  expect(screen.getByLabelText<HTMLInputElement>('New password').value).toBe('')
})

test.each([
  [401, 'wrong_credentials', 'Current password'],
  [400, 'weak_password', 'New password'],
])('a refusal with %i %s is shown at its field', async (status, code, label) => {
  const server = open()
  server.refuse = [status, { status, code, detail: 'Not this one.' }]
  await changePassword()
  expect((await screen.findByText('Not this one.')).role).toBe('alert')
  expect(screen.getByLabelText(label).getAttribute('aria-invalid')).toBe('true')
})

test('every login is listed with where and when, and all but this one can be ended', async () => {
  const server = open()
  server.logins = [PHONE, HERE, SCRIPT]
  const section = within((await screen.findByText('Where you are signed in')).closest('section') as HTMLElement)
  const rows = await section.findAllByRole('listitem')
  expect(rows[0]?.textContent).toMatch(/^Firefox on Linux This browserSigned in .+ from 192\.0\.2\.1 · last used /)
  expect(rows[2]?.textContent).toMatch(/^curl Signed in (?!.*from)/)
  expect(rows.map((row) => within(row).queryAllByRole('button').length)).toEqual([0, 1, 1])
  press(section.getByRole('button', { name: /^Sign out Chrome on Android/ }))
  await waitFor(() => expect(section.getAllByRole('listitem').length).toBe(2))
  expect(await screen.findByText('Chrome on Android is signed out.')).toBeTruthy()
  expect(server.asked.some(({ path, method }) => method === 'DELETE' && path === '/logins/l2')).toBe(true)
})

test('ending a login leaves the keyboard at the list', async () => {
  const server = open()
  server.logins = [HERE, PHONE]
  press(await screen.findByRole('button', { name: /^Sign out Chrome/ }))
  await waitFor(() => expect(screen.queryByText(/Chrome on Android is/)).not.toBeNull())
  await waitFor(() => expect(document.activeElement?.textContent).toBe('Where you are signed in'))
})

test('signing out everywhere else asks first and leaves this browser', async () => {
  const server = open()
  server.logins = [HERE, PHONE, SCRIPT]
  press(await screen.findByRole('button', { name: 'Sign out everywhere else' }))
  const dialog = within(screen.getByRole('dialog'))
  expect(dialog.getByText('2 other browsers will have to sign in again.')).toBeTruthy()
  press(dialog.getByRole('button', { name: 'Sign them out' }))
  expect(await screen.findByText('You are signed out everywhere else.')).toBeTruthy()
  await waitFor(() => expect(screen.queryByRole('button', { name: 'Sign out everywhere else' })).toBeNull())
  expect(screen.getByText('This browser')).toBeTruthy()
})

test('a token is made with the scope and the end that were chosen', async () => {
  const server = open()
  await screen.findByLabelText('Name of a new token')
  fill('Name of a new token', 'laptop')
  fill('It may', 'read')
  fill('It ends', '30')
  fireEvent.click(screen.getByRole('button', { name: 'Create token' }))
  await screen.findByText(/Copy the secret/)
  const sent = server.asked.find(({ path, method }) => path === '/tokens' && method === 'POST')?.body as { expires_at: string }
  expect(sent).toMatchObject({ name: 'laptop', scope: 'read' })
  expect(Math.round((Date.parse(sent.expires_at) - Date.now()) / 86_400_000)).toBe(30)
})

test('a token says what it may, when it was used, and when it ends or ended', async () => {
  const server = open()
  const [before, after] = [-1, 400].map((days) => new Date(Date.now() + days * 86_400_000).toISOString())
  server.tokens = [{ ...TOKEN, scope: 'read', expires_at: before }, { ...TOKEN, id: 't2', name: 'server', expires_at: after, last_used_at: before }]
  expect((await screen.findByText(/^Ended yesterday/)).textContent).toMatch(/ · Only read · created .+ · never used$/)
  expect(screen.getByText(/^Read and change · /).textContent).toMatch(/ · last used yesterday.* · ends .+\d{4}$/)
})

test.each([
  [CHROME, 'Chrome', 'Android'],
  [HERE.user_agent ?? '', 'Firefox', 'Linux'],
  ['Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0', 'Edge', 'Windows'],
  ['Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1', 'Safari', 'iPhone'],
  ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Safari/605.1.15', 'Safari', 'macOS'],
  ['python-httpx/0.28', 'python-httpx', undefined],
])('%s is named', (userAgent, browser, system) => {
  expect(browserOf(userAgent)).toEqual({ browser, system })
})
