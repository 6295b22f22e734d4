import { act, screen, waitFor, within } from '@testing-library/react'
import axe from 'axe-core'
import { beforeEach, expect, test, vi } from 'vitest'
import { App } from '../src/App.tsx'
import type { Alerts } from '../src/api/alerts.ts'
import { badAlerts, calmAlerts, past } from './alerts.ts'
import { paintNothing } from './canvas.ts'
import { press } from './page.ts'
import { ADA, service, show } from './service.tsx'

const AGAIN_MS = 10_000
const spoken = () => document.querySelector('body > div [role=status]')?.textContent

beforeEach(paintNothing)

function open(alerts: Alerts = badAlerts()) {
  history.replaceState(null, '', '/admin/health')
  const server = service({ signedIn: true, me: { ...ADA, is_admin: true } })
  server.alerts = alerts
  show(<App />)
  return server
}

test('open incidents come first, in words, with since when and what to do', async () => {
  vi.useFakeTimers({ now: Date.parse('2026-11-30T10:25:00Z'), toFake: ['Date'] })
  open()
  // Not by their roles, which takes a second each on a page with a thousand elements.
  const heading = await screen.findByText('Redis has not answered for 74 s.', { selector: 'h3' })
  const row = within(heading.closest('li') as HTMLElement)
  expect(row.getByText('People notice: Progress comes late, and new recordings are not transcribed.')).toBeTruthy()
  expect(row.getByText('Act now')).toBeTruthy()
  expect(row.getByRole('img', { name: 'bad' })).toBeTruthy()
  expect(row.getByText(/^Since Nov 30, .*, for 3 min$/)).toBeTruthy()
  expect(row.getByLabelText('What to do about RedisAway (opens in a new tab)').getAttribute('href')).toBe('/runbooks/redis-away')
  const verdict = await screen.findByLabelText('Verdict')
  expect(heading.compareDocumentPosition(verdict)).toBe(Node.DOCUMENT_POSITION_FOLLOWING)
})

test('a notice that was not taken is shown where it waits', async () => {
  open()
  const ticket = (await screen.findByText(/^Pages show old data/)).closest('li') as HTMLElement
  expect(within(ticket).getByText('The webhook has not taken its notice yet. It is tried again.')).toBeTruthy()
  expect(within(ticket).getByText('Within days')).toBeTruthy()
})

test('one line says that nothing is wrong, and how much is watched', async () => {
  open(calmAlerts())
  expect((await screen.findByText('Nothing is wrong.')).closest('p')?.textContent?.trim()).toBe('Nothing is wrong. 5 alerts are watched.')
  expect(screen.getByText('There was no incident in the last 90 days.')).toBeTruthy()
  expect(screen.queryByText(/No webhook is set/)).toBeNull()
})

test('a condition that holds is counted before it fires', async () => {
  const [first, ...others] = calmAlerts().alerts
  if (first === undefined) throw new Error('the example watches nothing')
  open(calmAlerts({ alerts: [{ ...first, state: 'pending' }, ...others] }))
  expect(await screen.findByText(/1 condition holds, not yet for long enough to count\./)).toBeTruthy()
})

test('without a webhook the page says how to set one', async () => {
  open(calmAlerts({ webhook: false }))
  expect(await screen.findByText('No webhook is set, so alerts are seen on this page only: set ALERT_WEBHOOK.')).toBeTruthy()
})

test('without telemetry the page says which alerts cannot fire', async () => {
  open(calmAlerts({ telemetry: false }))
  expect(await screen.findByText('Telemetry is off, so alerts about what people see cannot fire: set TELEMETRY=on.')).toBeTruthy()
})

test('nothing is called well while nobody looks', async () => {
  open(calmAlerts({ watching: false, looked_at: null }))
  expect((await screen.findByRole('alert')).textContent).toMatch(/^Alerts are not evaluated now.*No process has looked yet/)
  expect(screen.queryByText('Nothing is wrong.')).toBeNull()
})

test('alerts that cannot be read can be tried again', async () => {
  const server = open()
  server.refuseAlerts = [503, { status: 503, code: 'database_gone', detail: 'The database cannot be reached.' }]
  const alert = await screen.findByRole('alert', undefined, { timeout: 5_000 })
  expect(alert.textContent).toMatch(/^The alerts could not be read\./)
  server.refuseAlerts = undefined
  press(screen.getByRole('button', { name: 'Try again' }))
  expect(await screen.findByText('Redis has not answered for 74 s.')).toBeTruthy()
  expect(screen.queryByRole('alert')).toBeNull()
})

test('what begins and what is over is said to who listens', async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true })
  const server = open()
  await screen.findByText('Redis has not answered for 74 s.')
  expect(spoken()).toBe('')
  server.alerts = calmAlerts()
  await act(() => vi.advanceTimersByTimeAsync(AGAIN_MS))
  await waitFor(() => expect(spoken()).toMatch(/^Over: Redis has not answered for 74 s\. Over: Pages show old data/))
  server.alerts = badAlerts()
  await act(() => vi.advanceTimersByTimeAsync(AGAIN_MS))
  await waitFor(() => expect(spoken()).toMatch(/^New incident: Redis has not answered for 74 s\./))
})

test('what was read before is shown with its age while it cannot be read again', async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true })
  const server = open()
  await screen.findByText('Redis has not answered for 74 s.')
  server.refuseAlerts = [503, { status: 503, code: 'database_gone', detail: 'The database cannot be reached.' }]
  await act(() => vi.advanceTimersByTimeAsync(2 * AGAIN_MS))
  expect(await screen.findByText(/^The alerts could not be read again\. This is from .* ago\.$/)).toBeTruthy()
  expect(screen.getByText('Redis has not answered for 74 s.')).toBeTruthy()
})

test('past incidents have their time and length, the first five at once', async () => {
  open(calmAlerts({ history: past(7) }))
  const list = within(await screen.findByLabelText('Past incidents', { selector: 'ol' }))
  expect(list.getAllByRole('listitem')).toHaveLength(5)
  expect(list.getAllByText('lasted 1 h 20 min')).toHaveLength(5)
  press(screen.getByText('Show all 7 incidents'))
  expect(list.getAllByRole('listitem')).toHaveLength(7)
  expect(document.activeElement?.textContent).toBe('Past incidents')
})

test('everything that is watched is a table with its values', async () => {
  open()
  press(await screen.findByText('Show what is watched (5)'))
  const rows = within(screen.getByLabelText('What is watched')).getAllByRole('row')
  expect(rows.map(({ textContent }) => textContent)).toEqual([
    'AlertWhen it firesValueState',
    'FreshBurnsSlowlyWithin days1.62%firing',
    'RedisAwayAct now4\u{A0}minfiring',
    'WorkerStalledAct now1pending',
    'DiskFillingWithin days41.23%well',
    'CanaryFailsAct now–no datawell',
  ])
})

test('axe finds nothing with incidents, the past and the table', async () => {
  open()
  press(await screen.findByText('Show what is watched (5)'))
  // There is no layout here: the real browsers look at colours (tests/e2e/browsers).
  const { violations } = await axe.run({ include: ['ol', '[role=region]'] }, { rules: { 'color-contrast': { enabled: false } } })
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual([])
})
