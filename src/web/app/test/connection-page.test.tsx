import { screen, waitFor, within } from '@testing-library/react'
import { expect, test, vi } from 'vitest'
import { App } from '../src/App.tsx'
import { doctor, HELD, UNCLEAR, WELL } from './doctor.ts'
import { press } from './page.ts'
import { ADA, type Doctor, service, show } from './service.tsx'

function open(answer: Doctor, { isAdmin = false } = {}) {
  history.replaceState(null, '', '/connection')
  const server = service({ signedIn: true, me: { ...ADA, is_admin: isAdmin } })
  server.doctor = answer
  show(<App />)
  return server
}

const ended = (sentence: string) => screen.findByRole('heading', { name: sentence })
const region = (name: string) => screen.getByRole('region', { name })

test('where nothing is wrong it says so, what was measured and what was not', async () => {
  const { answer, judged, asked } = doctor(WELL)
  open(answer)
  await ended(WELL.sentence)
  expect(region('Result').textContent).toContain('Live updates reach this browser.')
  expect(within(region('Checks')).getAllByRole('listitem')).toHaveLength(8)
  expect(region('Checks').textContent).toMatch(/Small events2 events sent over 2\.5\u{A0}s came within/u)
  expect(screen.getByText(/^Not tested: The upload limit was not measured/).textContent).toContain(`playhead doctor ${location.origin} --long`)
  expect(screen.queryByRole('region', { name: 'What was found' })).toBeNull()
  expect(asked).toEqual(['short', 'large', 'short', 'large'])
  expect(judged).toHaveLength(1)
})

test('what was measured goes to the server as it was received', async () => {
  const { answer, judged } = doctor(WELL)
  open(answer)
  await ended(WELL.sentence)
  expect(judged[0]).toMatchObject({ url: location.origin, probe: 'page', login: 200, sent: ['X-Playhead-Probe'], received: { via: 'squid' } })
  expect(judged[0]?.round_trips_ms).toHaveLength(3)
  expect(judged[0]?.streams.map(({ pattern, end }) => [pattern, end])).toEqual(['short', 'large', 'short', 'large'].map((pattern) => [pattern, 'whole']))
})

test('the clock is measured by the quickest request', async () => {
  const { answer, judged } = doctor(WELL)
  const offsets = [9_000, 0, 9_000]
  open(async (path, query, sent) => {
    if (path !== '/doctor/request') return answer(path, query, sent)
    const offset = offsets.shift() ?? 0
    if (offset !== 0) await new Promise((resolve) => setTimeout(resolve, 80))
    return Response.json({ http_version: '1.1', server_time: Date.now() + offset })
  })
  await ended(WELL.sentence)
  expect(Math.abs(judged[0]?.clock_ms?.[0] ?? Infinity)).toBeLessThan(1_000)
})

test('while it runs the checks that have ended are shown, and the button waits', async () => {
  const { answer } = doctor(WELL)
  open((path, query, sent) => (path === '/doctor/stream' ? new Promise(() => {}) : answer(path, query, sent)))
  expect(await screen.findByText('2 of 8 checks done')).toBeTruthy()
  expect(region('Checks').textContent).toMatch(/First byte of a streammeasuring….*Small eventswaiting/)
  expect(screen.getByRole('button', { name: 'Test again' }).getAttribute('aria-disabled')).toBe('true')
  expect(screen.queryByRole('button', { name: 'Copy for your administrator' })).toBeNull()
})

test('what is wrong is said with what to do, and to those who are no admins without more', async () => {
  const { answer, asked, judged } = doctor(HELD)
  open(answer)
  await waitFor(() => expect(region('Result').textContent).toContain('Copy this result for your administrator'))
  expect(asked.slice(4)).toEqual(['steady', 'short'])
  expect(judged.at(-1)?.streams.map(({ variant }) => variant).toSorted()).toEqual(['identity', 'page', 'page', 'page', 'page', 'page'])
  expect(within(region('What was found')).getAllByRole('listitem').map(({ textContent }) => textContent?.trim())).toEqual(['The clock here is 9.0 s behind the server’s.'])
  expect(region('Checks').querySelectorAll('[data-level=wrong]')).toHaveLength(3)
  expect(screen.queryByText('Change')).toBeNull()
})

test('an admin sees what to change and where, the likeliest first', async () => {
  open(doctor(HELD).answer, { isAdmin: true })
  await ended(HELD.sentence)
  const first = region('What to change').querySelector('ol > li')
  expect(first?.textContent).toBe('proxy a, recognised by server: nginxChangeSet proxy_buffering off;.Wherethe location of this siteSourcetried with Playhead: nginx, header ignored')
  const rest = screen.getByText('1 other possible cause').closest('details')?.querySelector('ol')
  expect([rest?.start, rest?.querySelector('strong')?.textContent]).toEqual([4, 'proxy d'])
  expect(first?.querySelector('code')?.textContent).toBe('proxy_buffering off;')
})

test('all of it is copied as text, with every cause', async () => {
  const writeText = vi.fn(() => Promise.resolve())
  vi.stubGlobal('navigator', { ...navigator, userAgent: 'a browser', clipboard: { writeText } })
  open(doctor({ ...HELD, untested: WELL.untested }).answer)
  press(await screen.findByRole('button', { name: 'Copy for your administrator' }))
  expect(await screen.findByRole('button', { name: 'Copied' })).toBeTruthy()
  const [text] = writeText.mock.calls[0] as unknown as [string]
  expect(text).toContain(`Connection of a browser to ${location.origin}, 20`)
  expect(text).toContain('Browser: a browser\n\nStreams are held back until they end.\n\nSmall requests: ')
  expect(text).toContain('WRONG: Streams are held back until they end.\n1. proxy a, recognised by server: nginx\n   Change: Set `proxy_buffering off;`.\n   Where: ')
  expect(text).toContain('4. proxy d\n')
  expect(text).toContain('NOTE: The clock here')
  expect(text).toContain('Not tested: The upload limit was not measured.')
})

test('streams that differ are measured once more', async () => {
  const { answer, judged } = doctor(UNCLEAR)
  open(answer)
  await ended(UNCLEAR.sentence)
  expect(judged.map(({ streams }) => streams.length)).toEqual([4, 6])
  expect(region('Result').textContent).toContain('Test again. If the result stays the same')
})

test.each([
  ['the limit of requests', Response.json({ status: 429, code: 'too_many', detail: 'Too many requests: wait a minute.' }, { status: 429 }), 'Too many requests: wait a minute.'],
  ['a page of a proxy', new Response('<p>Sign in'), 'The server gave no usable answer (200). Try again in a moment.'],
])('%s ends the test with a sentence, and it can be run again', async (_, refusal, sentence) => {
  const server = open(() => refusal.clone())
  await ended('The test could not be done.')
  expect(region('Result').textContent).toContain(sentence)
  expect(region('Checks').textContent).toContain('Small requestsnot measured')
  const again = screen.getByRole('button', { name: 'Test again' })
  server.doctor = doctor(WELL).answer
  press(again)
  await ended(WELL.sentence)
  expect(document.activeElement).toBe(again)
})

test('without a network it says so, also to those who listen', async () => {
  const server = open(doctor(WELL).answer)
  await ended(WELL.sentence)
  server.down = true
  press(screen.getByRole('button', { name: 'Test again' }))
  await ended('The test could not be done.')
  const said = screen.getAllByRole('status').map(({ textContent }) => textContent)
  expect(said).toContain('The test could not be done. Playhead cannot be reached. Check your connection and try again.')
})

test('a login that has ended leads to the sign-in page', async () => {
  const server = open(doctor(WELL).answer)
  await ended(WELL.sentence)
  server.signedIn = false
  press(screen.getByRole('button', { name: 'Test again' }))
  expect(await screen.findByRole('heading', { name: 'Sign in' })).toBeTruthy()
})

test('who leaves the page ends the test', async () => {
  const { answer } = doctor(WELL)
  const left = vi.fn()
  open((path, query, sent, signal) => {
    if (path !== '/doctor/stream') return answer(path, query, sent)
    signal?.addEventListener('abort', left)
    return new Promise(() => {})
  })
  await screen.findByText('2 of 8 checks done')
  press(screen.getByRole('link', { name: 'Account' }))
  expect(await screen.findByRole('heading', { name: 'Account' })).toBeTruthy()
  expect(left).toHaveBeenCalledTimes(2)
})
