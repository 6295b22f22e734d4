import { act, fireEvent, screen, waitFor, within } from '@testing-library/react'
import axe from 'axe-core'
import { beforeEach, expect, test, vi } from 'vitest'
import { App } from '../src/App.tsx'
import type { Health, Range } from '../src/api/health.ts'
import { paintNothing } from './canvas.ts'
import { badHealth, checkOf, healthOf, idleHealth } from './health.ts'
import { press } from './page.ts'
import { ADA, service, show } from './service.tsx'

const AGAIN_MS = 10_000

beforeEach(paintNothing)

function open({ health = (range: Range): Health => healthOf({ range }), isAdmin = true, address = '/admin/health' } = {}) {
  history.replaceState(null, '', address)
  const server = service({ signedIn: true, me: { ...ADA, is_admin: isAdmin } })
  server.health = health
  show(<App />)
  return server
}

// Not by their roles, which takes a second each on a page with a thousand elements.
const verdict = () => screen.findByLabelText('Verdict')
const cell = async (name: string) => (await screen.findByText(name, { selector: '[aria-expanded] > span' })).closest('button') as HTMLElement
const cursorOf = (title: string) => screen.findByLabelText(`${title}: values over time`)
const tableButton = (title: string) => screen.findByLabelText(`${title} as a table`, { selector: 'button' })

test('an admin sees in one sentence that everybody is well', async () => {
  open()
  expect((await verdict()).textContent).toMatch(/Everybody is well\.All 9 checks that can be judged meet their goals\.Updated .* by 2 web processes and 1 worker/)
  expect(document.title).toBe('Health – Playhead')
})

test('each check has its number and its goal in words', async () => {
  open()
  expect((await cell('Fresh data')).textContent).toBe(' Fresh data 99.97% of watched time was fresh goal 99.5%')
  expect((await cell('Queue')).textContent).toBe(' Queue 42\u{A0}s waited by the next file goal at most 5\u{A0}min')
  expect((await cell('Server errors')).textContent).toBe(' Server errors 0.02% of requests failed goal at most 0.1%')
  expect((await cell('Publishing')).textContent).toBe(' Publishing 0 failed tries to send an update goal none')
  expect(within(await cell('Opinion')).getByRole('img', { name: 'too little to judge' })).toBeTruthy()
})

test('the numbers of the moment stand above the checks', async () => {
  open({ health: () => healthOf({ now: { ...healthOf().now, queue_oldest_s: null } }) })
  const now = within(await screen.findByLabelText('Right now'))
  expect(now.getByText('Streams').nextElementSibling?.textContent).toBe('18')
  expect(now.getByText('Longest wait').nextElementSibling?.textContent).toBe('–not reported')
})

test('trouble is named, and two clicks lead from it to where one acts', async () => {
  open({ health: badHealth })
  expect((await verdict()).textContent).toMatch(/People see old data\.94\.12% of watched time was fresh · goal 99\.5%\. 2 more checks need a look\./)
  press(screen.getByLabelText('Show why: Fresh data'))
  expect(location.search).toBe('?check=uptime')
  expect(document.activeElement?.textContent).toMatch(/^ Fresh data/)
  const opened = within(screen.getByLabelText('Fresh data'))
  const reasons = within(opened.getByText('Why pages fell back to polling').closest('table') as HTMLElement)
  expect(reasons.getAllByRole('row').map((row) => row.textContent)).toEqual(['ReasonNumberShare', 'stream delivered nothing777.77%', 'connection lost222.22%'])
  press(opened.getByText('Paths that hold streams back'))
  expect(await screen.findByRole('heading', { name: 'Paths' })).toBeTruthy()
})

test('a check opens below its cell, and closes again', async () => {
  open()
  const lag = await cell('Lag')
  press(lag)
  expect(lag.getAttribute('aria-expanded')).toBe('true')
  expect(document.getElementById(lag.getAttribute('aria-controls') ?? '')?.textContent).toMatch(/Counted: 1,200 updates\./)
  expect(screen.getByText('In this range').closest('table')?.textContent).toMatch(/Paint lag 4,000 measured6\u{A0}ms41\u{A0}ms88\u{A0}ms/u)
  press(lag)
  expect(lag.getAttribute('aria-expanded')).toBe('false')
  expect(location.search).toBe('')
})

test('a check that becomes less urgent keeps the focus', async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true })
  const server = open()
  press(await cell('Fresh data'))
  const { checks } = healthOf()
  server.health = (range) => healthOf({ range, checks: [...checks.slice(5), ...checks.slice(0, 5)] })
  await act(() => vi.advanceTimersByTimeAsync(AGAIN_MS))
  await waitFor(() => expect(document.querySelector('[aria-expanded]')?.textContent).toMatch(/Queue/))
  expect(document.activeElement?.textContent).toMatch(/Fresh data/)
  // Who leaves is not taken back.
  ;(document.activeElement as HTMLElement).blur()
  await act(() => vi.advanceTimersByTimeAsync(AGAIN_MS))
  expect(document.activeElement).toBe(document.body)
})

test('every check can be opened', async () => {
  open()
  await verdict()
  const cells = document.querySelectorAll<HTMLElement>('[data-state][aria-expanded]')
  expect(cells).toHaveLength(10)
  for (const one of cells) {
    press(one)
    expect(one.getAttribute('aria-expanded')).toBe('true')
    expect(document.getElementById(one.getAttribute('aria-controls') ?? '')?.textContent).toMatch(/\w{3}/)
  }
})

test('how soon streams begin is shown by the server and by the browser', async () => {
  open()
  press(await cell('Streams begin'))
  const table = within(screen.getByRole('region', { name: 'In this range' }))
  expect(table.getByText('First event in the browser').closest('tr')?.textContent).toMatch(/38\sms190\sms870\sms$/)
  expect(table.getByText('Begun by the server')).toBeTruthy()
})

test('a check without words is shown by its id and number', async () => {
  open({ health: () => healthOf({ state: 'warn', checks: [checkOf('disk', 'warn', 3, 7)] }) })
  expect((await verdict()).textContent).toMatch(/The check disk misses its goal\.3.*goal 7\./)
  press(await cell('disk'))
  expect(screen.getByLabelText('disk')).toBeTruthy()
})

test('where nobody watches the page says when numbers come', async () => {
  open({ health: idleHealth })
  expect((await verdict()).textContent).toMatch(/Nobody is watching\.Too few people followed something in the last hour/)
  expect(screen.getByText('No process reports its numbers yet.')).toBeTruthy()
  expect(screen.getByText('Nothing was measured in the last hour')).toBeTruthy()
  expect(screen.getByText('Upload one').getAttribute('href')).toBe('/')
  expect(document.querySelector('[role=slider]')).toBeNull()
  press(await cell('Fresh data'))
  expect(within(screen.getByLabelText('Fresh data')).getAllByText('No numbers in this range.').length).toBeGreaterThan(0)
})

test('what cannot be read says so, and is asked for again', async () => {
  const server = open({ address: '/admin' })
  server.refuseHealth = [503, { status: 503, code: 'busy', detail: 'The database is busy: try again.' }]
  press(await screen.findByRole('link', { name: 'Health' }))
  expect((await screen.findByRole('alert')).textContent).toBe('The database is busy: try again.')
  server.refuseHealth = undefined
  press(screen.getByRole('button', { name: 'Try again' }))
  expect((await verdict()).textContent).toMatch(/Everybody is well/)
})

test('numbers move by themselves, are kept when the next cannot be read, and a change is said', async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true })
  const server = open()
  await verdict()
  server.health = (range) => ({ ...badHealth(range), now: { ...healthOf().now, people: 7 } })
  await act(() => vi.advanceTimersByTimeAsync(AGAIN_MS))
  await waitFor(() => expect(screen.getByText('People see old data.')).toBeTruthy())
  expect(screen.getByText('7')).toBeTruthy()
  await waitFor(() => expect(document.querySelector('body > div [role=status]')?.textContent).toBe('The health has changed: People see old data.'))
  server.down = true
  await act(() => vi.advanceTimersByTimeAsync(2 * AGAIN_MS))
  const alert = await screen.findByRole('alert')
  // Without an age: at each change of it an alert would be read out again.
  expect(alert.textContent).toMatch(/^The newest numbers could not be read\.Playhead cannot be reached/)
  expect(screen.getByText(/^\d+\ss ago: People see old data\.$/)).toBeTruthy()
  expect(screen.getByRole('heading', { name: 'How people are now is not known.' })).toBeTruthy()
  server.down = false
  press(screen.getByRole('button', { name: 'Try again' }))
  await waitFor(() => expect(screen.queryByRole('alert')).toBeNull())
  expect(screen.getByRole('heading', { name: 'People see old data.' })).toBeTruthy()
})

test('another range is asked for, and kept in the address', async () => {
  open({ health: (range) => (range === 'day' ? badHealth(range) : healthOf({ range })) })
  await verdict()
  const ranges = within(screen.getByLabelText('Range'))
  expect(ranges.getByText('Hour', { selector: '[aria-current]' })).toBeTruthy()
  press(ranges.getByText('Day'))
  expect(location.search).toBe('?range=day')
  expect(await screen.findByText('People see old data.')).toBeTruthy()
  // It is another question, and no change.
  expect(document.querySelector('body > div [role=status]')?.textContent).toBe('')
  press(ranges.getByText('Hour'))
  expect(location.search).toBe('')
  expect(await screen.findByText('Everybody is well.')).toBeTruthy()
})

test('a link to a range and a check shows both', async () => {
  open({ address: '/admin/health?range=month&check=jobs' })
  expect(await screen.findByLabelText('Transcriptions')).toBeTruthy()
  expect(screen.getByText('Month', { selector: '[aria-current]' })).toBeTruthy()
})

test('a chart has its numbers as a table', async () => {
  open()
  press(await tableButton('Lag, from change to paint'))
  const table = within(screen.getByRole('table'))
  expect(table.getAllByRole('columnheader').map(({ textContent }) => textContent)).toEqual(['Time', 'p50', 'p95', 'p99'])
  const rows = table.getAllByRole('row')
  expect(rows).toHaveLength(61)
  // The newest first, and the one in which nothing was measured has dashes.
  expect(rows[1]?.textContent).toMatch(/, so far/)
  expect(rows.at(-5)?.textContent).toMatch(/M–––$/)
  expect(screen.queryByLabelText('Lag, from change to paint: values over time')).toBeNull()
})

test('the keyboard moves through a chart, and leaves it', async () => {
  open()
  const cursor = await cursorOf('Lag, from change to paint')
  cursor.focus()
  expect(cursor.getAttribute('aria-valuenow')).toBe('59')
  fireEvent.keyDown(cursor, { key: 'Home' })
  expect(cursor.getAttribute('aria-valuetext')).toMatch(/^\d+:\d\d [AP]M: p50 7\u{A0}ms, p95 40\u{A0}ms, p99 120\u{A0}ms$/u)
  fireEvent.keyDown(cursor, { key: 'PageUp' })
  fireEvent.keyDown(cursor, { key: 'ArrowRight' })
  fireEvent.keyDown(cursor, { key: 'ArrowLeft' })
  expect(cursor.getAttribute('aria-valuenow')).toBe('10')
  fireEvent.keyDown(cursor, { key: 'Home' })
  fireEvent.keyDown(cursor, { key: 'ArrowLeft' })
  expect(cursor.getAttribute('aria-valuenow')).toBe('0')
  fireEvent.keyDown(cursor, { key: 'Escape' })
  expect(document.activeElement).toBe(document.body)
  expect(cursor.getAttribute('aria-valuenow')).toBe('59')
})

test('one cursor is in all charts', async () => {
  open()
  const cursor = await cursorOf('Lag, from change to paint')
  await waitFor(() => expect(document.querySelectorAll('canvas')).toHaveLength(4))
  cursor.focus()
  fireEvent.keyDown(cursor, { key: 'Home' })
  fireEvent.keyDown(cursor, { key: 'PageUp' })
  expect((await cursorOf('How people get updates')).getAttribute('aria-valuenow')).toBe('10')
  fireEvent.keyDown(cursor, { key: 'Escape' })
  expect((await cursorOf('How people get updates')).getAttribute('aria-valuenow')).toBe('59')
})

test('nobody but an admin finds the page', async () => {
  open({ isAdmin: false })
  expect(await screen.findByRole('heading', { name: 'There is nothing at this address' })).toBeTruthy()
})

test('axe finds nothing on the page with a check and a table open', async () => {
  open({ health: badHealth, address: '/admin/health?check=uptime' })
  press(await tableButton('Queue and speed'))
  // There is no layout here: the real browsers look at colours (tests/e2e/browsers).
  const { violations } = await axe.run(document.body, { rules: { 'color-contrast': { enabled: false } } })
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual([])
})
