import { fireEvent, screen, waitFor, within } from '@testing-library/react'
import { expect, test } from 'vitest'
import { App } from '../src/App.tsx'
import type { NetworkPath } from '../src/api/paths.ts'
import { press } from './page.ts'
import { ADA, service, show } from './service.tsx'

const GOOD: NetworkPath = {
  key: 'example.org~2~FRA~-',
  host: 'example.org',
  http_version: '2',
  colo: 'FRA',
  via: null,
  seen_at: '2025-11-23T16:20:08Z',
  state: 'healthy',
  judged: 'healthy',
  probe_at: null,
  readers: 12,
  proven: 9,
  muted: 0,
  override: null,
}
const BAD: NetworkPath = {
  ...GOOD,
  key: 'example.org~1.1~-~varnish,squid',
  http_version: '1.1',
  colo: null,
  via: 'varnish,squid',
  state: 'buffered',
  judged: 'buffered',
  probe_at: '2025-11-23T16:25:08Z',
  readers: 1,
  proven: 0,
  muted: 1,
}
const NAME = 'example.org, HTTP/1.1, via varnish, squid'

function open(paths: readonly NetworkPath[], { isAdmin = true, address = '/admin/paths' } = {}) {
  history.replaceState(null, '', address)
  const server = service({ signedIn: true, me: { ...ADA, is_admin: isAdmin } })
  server.paths = paths
  show(<App />)
  const deeds = () => server.asked.filter(({ method }) => method !== 'GET').map(({ path, body }) => [path, body])
  return { server, deeds }
}

const rowOf = async (text: string | RegExp) => (await screen.findByText(text)).closest('li') as HTMLElement

test('an admin sees each path, and what was found of it', async () => {
  open([GOOD, BAD])
  expect((await rowOf('example.org, HTTP/2, Cloudflare FRA')).textContent).toMatch(
    /Lets streams through12 people · streams proven for 9 · last seen Nov 23, 2025/,
  )
  expect((await rowOf(NAME)).textContent).toMatch(/Holds streams back1 person · streams mute for 1 · last seen .* · is tried again Nov 23, 2025/)
})

test('the admin page leads there', async () => {
  open([], { address: '/admin' })
  press(await screen.findByRole('link', { name: 'All paths to this site' }))
  expect(await screen.findByRole('heading', { name: 'Paths' })).toBeTruthy()
  expect(location.pathname).toBe('/admin/paths')
})

test('without paths the page says why there are none', async () => {
  open([])
  expect(await screen.findByText('Nobody has followed a session in the last two hours.')).toBeTruthy()
})

test.each([
  ['nobody else finds the page', { isAdmin: false }],
  ['nothing else is found below the admin page', { address: '/admin/path' }],
])('%s', async (_, given) => {
  open([GOOD], given)
  expect(await screen.findByRole('heading', { name: 'There is nothing at this address' })).toBeTruthy()
})

test('a list that cannot be read says so, and is asked for again', async () => {
  const { server } = open([GOOD], { address: '/' })
  server.refusePaths = [503, { status: 503, code: 'store_gone', detail: 'The paths cannot be read now: try again.' }]
  press(await screen.findByRole('link', { name: 'Admin' }))
  press(await screen.findByRole('link', { name: 'All paths to this site' }))
  expect((await screen.findByRole('alert')).textContent).toBe('The paths cannot be read now: try again.')
  server.refusePaths = undefined
  press(screen.getByRole('button', { name: 'Try again' }))
  expect(await rowOf(/HTTP\/2/)).toBeTruthy()
  expect(screen.queryByRole('alert')).toBeNull()
})

test('an override is set with its state, reason and end', async () => {
  const { deeds } = open([BAD])
  press(await screen.findByRole('button', { name: `Override ${NAME}` }))
  const form = within(screen.getByRole('form', { name: `Override ${NAME}` }))
  expect(form.getByLabelText<HTMLSelectElement>('New streams').value).toBe('healthy')
  fireEvent.change(form.getByLabelText('For'), { target: { value: '1' } })
  fireEvent.change(form.getByLabelText('Reason'), { target: { value: ' the proxy is mended ' } })
  const before = Date.now()
  press(form.getByRole('button', { name: 'Set' }))
  await screen.findByText(/Overridden by ada@example.com until/)
  const [path, body] = deeds()[0] as [string, { until: string }]
  expect([path, body]).toEqual([
    `/admin/paths/${encodeURIComponent(BAD.key)}/override`,
    { state: 'healthy', reason: 'the proxy is mended', until: body.until },
  ])
  expect(Math.abs(Date.parse(body.until) - before - 3_600_000)).toBeLessThan(60_000)
  expect(screen.queryByRole('form')).toBeNull()
  expect(document.activeElement?.textContent).toBe('Override')
  expect((await rowOf(NAME)).textContent).toMatch(/Lets streams through.*the proxy is mended\. Without the override: Holds streams back\./)
})

test('an override is lifted', async () => {
  const override = { state: 'healthy', reason: 'mended', by: 'eve@example.com', until: '2999-11-23T16:20:08Z' }
  const { deeds } = open([{ ...BAD, state: 'healthy', override }])
  press(await screen.findByRole('button', { name: `Lift the override of ${NAME}` }))
  await waitFor(() => expect(screen.queryByText(/Overridden by/)).toBeNull())
  expect(deeds()[0]?.[1]).toEqual({ state: null })
  expect(document.activeElement?.textContent).toBe('Override')
  await waitFor(() => expect(screen.getByRole('status').textContent).toBe(`The override of ${NAME} is lifted.`))
})

test('what is refused says so in the row', async () => {
  const { server } = open([BAD])
  press(await screen.findByRole('button', { name: `Override ${NAME}` }))
  server.refuse = [409, { status: 409, code: 'too_many_overrides', detail: '64 overrides are in force: lift one first.' }]
  fireEvent.change(screen.getByLabelText('Reason'), { target: { value: 'why' } })
  press(screen.getByRole('button', { name: 'Set' }))
  expect((await screen.findByRole('alert')).textContent).toBe('64 overrides are in force: lift one first.')
})
