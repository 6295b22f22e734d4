import { act, fireEvent, screen, waitFor, within } from '@testing-library/react'
import axe from 'axe-core'
import { beforeEach, expect, test, vi } from 'vitest'
import { App } from '../src/App.tsx'
import type { Decision, Rollout, Watched } from '../src/api/rollout.ts'
import { paintNothing } from './canvas.ts'
import { press } from './page.ts'
import { MUTE, PLAN, decisionOf, looksOf, noRollout, pastOf, rolloutOf, watchedOf } from './rollout.ts'
import { ADA, service, show } from './service.tsx'

const AGAIN_MS = 5_000

beforeEach(paintNothing)

function open(rollout = rolloutOf(), { ordered = rollout, isAdmin = true, address = '/admin/rollout' } = {}) {
  history.replaceState(null, '', address)
  const server = service({ signedIn: true, me: { ...ADA, is_admin: isAdmin } })
  Object.assign(server, { rollout, ordered })
  show(<App />)
  const orders = () => server.asked.filter(({ method }) => method !== 'GET').map(({ path, body }) => [path, body])
  return { server, orders }
}

// Not by their roles, which takes a second each on a page with a thousand elements.
const standing = () => screen.findByLabelText('Where it stands')
const button = (name: string) => screen.findByText(name, { selector: 'button' })
const buttons = () => [...screen.getByLabelText('What you can do').children].map(({ textContent }) => textContent)
const said = () => document.querySelector('body > div > div > [role=status]')?.textContent
const rowsOf = (heading: string) =>
  [...(screen.getByText(heading).closest('section')?.querySelectorAll('tbody tr') ?? [])].map((row) => [...row.children].map(({ textContent }) => textContent))

/** Opens the dialog of an order, and fills it in. */
async function ask(name: string, reason = 'a reason') {
  press(await button(name))
  const dialog = within(document.querySelector('dialog') as HTMLElement)
  fireEvent.change(dialog.getByLabelText('Reason'), { target: { value: reason } })
  return dialog
}

test('before the first rollout the page says what one is and what the plan does', async () => {
  open(noRollout())
  expect((await standing()).textContent).toMatch(/No rollout yet\.A rollout raises the share.*goes back to 0%\.Start…Stop all streams…Slider at 0% in the file \/data\/flags\.json/)
  expect(screen.getByText(/^5 stages, from 5% to 100%, in 1.h 35.min or longer/)).toBeTruthy()
  expect(rowsOf('What it watches for')).toContainEqual(['Fell back to polling', '10%', 'holds'])
  expect(screen.getByText('Nothing was decided yet.')).toBeTruthy()
  expect(document.title).toBe('Rollout – Playhead')
})

test('a dry run is marked, and moves nothing', async () => {
  open(rolloutOf({ rollout: watchedOf({ is_dry_run: true }) }))
  expect((await standing()).textContent).toMatch(/^Dry run at 10%: stage 2 of 5\..*Dry runNothing is moved: decisions say what would have been done\./)
  expect(buttons()).toEqual(['Hold…', 'Stop watching…', 'Stop all streams…'])
})

test('the plan shows the stage with its time and its people', async () => {
  open()
  await standing()
  const [passed, here, ahead] = screen.getByText('Plan').closest('section')?.querySelectorAll('li[class*=stage]') ?? []
  expect(passed?.textContent).toMatch(/^5%passed10.min at least/)
  expect(here?.getAttribute('aria-current')).toBe('step')
  const bars = within(here as HTMLElement).getAllByRole('progressbar')
  expect(bars.map((bar) => [bar.getAttribute('aria-label'), bar.getAttribute('aria-valuenow'), bar.getAttribute('aria-valuetext')])).toEqual([
    ['Time watched at 10%', '71', '7\u{A0}min of 10\u{A0}min'],
    ['Streaming people counted at 10%', '68', '41 of 60 people'],
  ])
  expect(here?.textContent).toMatch(/next stage in about 3.min$/)
  expect(ahead?.textContent).toBe('25%to come15\u{A0}min at least100 people streamingharm proven below 2%')
})

test.each([
  ['waits for people', watchedOf({ left_s: null })],
  ['waits for proof that there is no harm', watchedOf({ left_s: 0 })],
  ['held until the doubt is gone', watchedOf({ state: 'held', held_by: 'judge' })],
  ['not moved until it is resumed', watchedOf({ state: 'held', held_by: 'judge', needs_person: true })],
])('a stage that does not end by time says so: %s', async (words, rollout) => {
  open(rolloutOf({ rollout }))
  expect(await screen.findByText(words)).toBeTruthy()
})

test.each<[string, Partial<Watched>, Partial<Decision>]>([
  ['in a dry run', { is_dry_run: true }, { state: 'not_acted' }],
  ['that a person left out', {}, { decision: 'move' }],
])('a stage is not passed without proof: %s', async (_, rollout, decision) => {
  open(rolloutOf({ rollout: watchedOf(rollout), decisions: [decisionOf(11, decision)] }))
  expect((await screen.findByText('below the slider')).closest('li')?.textContent).toMatch(/^5%below the slider10.min at least/)
})

test('people are counted for each arm, with their split', async () => {
  open()
  await standing()
  expect(rowsOf('People in this stage')).toEqual([
    ['Asked the flags', '52', '431'],
    ['Watched and counted', '41', '118'],
    ['Sent no report', '1 of 47 (2.13%)', '6 of 124 (4.84%)'],
  ])
  expect(screen.getByText(/^People are split as the slider says/)).toBeTruthy()
  expect(rowsOf('Server')).toContainEqual(['Memory used beyond it at 2 looks in a row', '91%', '85%'])
})

test('a wrong split is said', async () => {
  open(rolloutOf({ rollout: watchedOf({ sample_ratio: 3.2 }) }))
  expect((await screen.findByText(/^People are not split/)).textContent).toMatch(/Evidence against the split: 1,600; 1,000 holds\.$/)
})

test('each harm has its numbers, its lines, its mark and a table', async () => {
  const harms = [MUTE, ...watchedOf().harms.slice(3)]
  open(rolloutOf({ rollout: watchedOf({ harms, looks: looksOf(harms) }) }))
  const mute = within((await screen.findByText('An update came 10 s late or more', { exact: false, selector: 'h3' })).closest('section') as HTMLElement)
  expect(mute.getByText('Streaming: 9 of 41 (21.96%); polling: 0 of 118 (0%). Holds at 20, rolls back at 7,900.')).toBeTruthy()
  expect(mute.getByRole('img').getAttribute('aria-label')).toBe('bad')
  press(mute.getByText('Table'))
  const rows = within(mute.getByRole('table')).getAllByRole('row')
  expect(rows[0]?.textContent).toBe('TimeBudgetPolling')
  expect(rows[1]?.textContent).toMatch(/M20,00013,000$/)
  const fallback = within(screen.getByText('Fell back to polling', { exact: false, selector: 'h3' }).closest('section') as HTMLElement)
  expect(fallback.getByText(/Only holds, at 20\.$/)).toBeTruthy()
  expect(fallback.getByText('Budget')).toBeTruthy()
  expect(fallback.queryByText('Polling')).toBeNull()
})

test('before anybody is counted nothing is compared', async () => {
  const nobody = { exposed: 0, people: 0, silent: 0, silent_of: 0 }
  const harm = { ...MUTE, stream: { harmed: 0, people: 0 }, poll: { harmed: 0, people: 0 }, absolute: 0, relative: null }
  const look = { at: '2026-11-29T09:59:00Z', absolute: {}, relative: {} }
  open(rolloutOf({ rollout: watchedOf({ arms: { stream: nobody, poll: nobody }, harms: [harm], looks: [look] }) }))
  expect(await screen.findByText(/^Streaming: nobody yet; polling: nobody yet\./)).toBeTruthy()
  expect(screen.getByLabelText('too little to judge')).toBeTruthy()
  expect(screen.getAllByText('Not compared yet.')).toHaveLength(2)
  expect(screen.queryByText(/^People are split/)).toBeNull()
})

test('decisions have who, from where to where, and what became of them', async () => {
  open(
    rolloutOf({
      decisions: [
        decisionOf(13, { decision: 'hold', state: 'not_acted', share_to: null, sentence: 'Would hold at 5%.', numbers: watchedOf({ harms: [MUTE] }) }),
        decisionOf(12, { decision: 'move', state: 'recorded', by: 'eve@example.com', reason: 'slower' }),
        decisionOf(11, { rollout: 6 }),
      ],
    }),
  )
  await standing()
  const rows = within(screen.getByLabelText('Decisions', { selector: 'ol' })).getAllByRole('listitem')
  expect(rows.map(({ textContent }) => textContent?.replace(/Nov 29, \d+:\d+\s[AP]M/u, '|'))).toEqual([
    'Would have heldnot doneby the judge|Would hold at 5%.Numbers',
    'Moved5% → 10%from 5% to 10%being doneby eve@example.com|Advanced to 10%: none of 64 streaming people was harmed in 10 minutes.“slower”',
    'Advanced5% → 10%from 5% to 10%by the judgerollout 6|Advanced to 10%: none of 64 streaming people was harmed in 10 minutes.',
  ])
})

test('a decision has the numbers that it rests on', async () => {
  open(noRollout({ decisions: [decisionOf(14, { decision: 'roll_back', numbers: watchedOf({ harms: [MUTE] }) }), decisionOf(1, { decision: 'start', state: 'not_acted' })] }))
  const numbers = await button('Numbers')
  expect(numbers.getAttribute('aria-label')).toMatch(/^Numbers: Rolled back, Nov 29/)
  press(numbers)
  const rows = [...(document.getElementById(numbers.getAttribute('aria-controls') ?? '')?.querySelectorAll('tbody tr') ?? [])]
  expect(rows.map((row) => [...row.children].map(({ textContent }) => textContent))).toEqual([['An update came 10 s late or more', '9 of 41', '0 of 118', '20,000']])
  press(numbers)
  expect(numbers.getAttribute('aria-expanded')).toBe('false')
  // A person who starts a dry run has done so.
  expect(screen.queryByText('not done')).toBeNull()
})

test('older decisions are shown when they are asked for', async () => {
  open(rolloutOf({ decisions: Array.from({ length: 24 }, (_, n) => decisionOf(24 - n)) }))
  const list = () => within(screen.getByLabelText('Decisions', { selector: 'ol' })).getAllByRole('listitem')
  const all = await button('Show all 24')
  expect(list()).toHaveLength(10)
  press(all)
  expect(list()).toHaveLength(24)
  expect(document.activeElement?.textContent).toBe('Decisions')
})

test.each<[string, Partial<Rollout>, string]>([
  ['the slider cannot be read', { share: null, trouble: 'Unleash cannot be reached.' }, 'Unleash cannot be reached.'],
  ['telemetry is off', { telemetry: false }, 'Telemetry is off: pages report nothing, so a rollout cannot watch itself.Set TELEMETRY=on, and start the web processes again.'],
  ['the kill switch is off', { is_allowed: false }, 'The kill switch sse.allowed is off: nobody streams, whatever the share is.'],
  ['the plan is refused', { plan: { ...PLAN, problems: ['Step 1 asks for 20 people.'] } }, 'The plan is refused:Step 1 asks for 20 people.'],
])('trouble is said: %s', async (_, changes, words) => {
  open(noRollout(changes))
  expect((await screen.findByRole('alert')).textContent).toBe(words)
})

test('a dry run is what starts unless somebody chooses otherwise', async () => {
  const dry = rolloutOf({ rollout: watchedOf({ is_dry_run: true }), decisions: [decisionOf(20, { decision: 'start', sentence: 'Dry run started at 0%.' })] })
  const { orders } = open(noRollout(), { ordered: dry })
  const dialog = await ask('Start…', ' release 1.4 ')
  expect(dialog.getByText(/The slider is at 0% now: set it by hand first/)).toBeTruthy()
  press(dialog.getByText('Start', { selector: 'button' }))
  expect(await screen.findByText('Dry run at 10%: stage 2 of 5.')).toBeTruthy()
  expect(orders()).toEqual([['/admin/rollout/start', { reason: 'release 1.4', dry_run: true }]])
  expect(document.querySelector('dialog')).toBeNull()
  // What was pressed is gone.
  expect(document.activeElement?.textContent).toBe('Hold…')
  await waitFor(() => expect(said()).toBe('Dry run started at 0%.'))
})

test('a rollout for real says what it moves', async () => {
  const { orders } = open(noRollout(), { ordered: rolloutOf() })
  const dialog = await ask('Start…')
  press(dialog.getByLabelText('For real'))
  expect(dialog.getByText('Moves the slider from 0% to 5% now, draws new people, and follows the plan by itself.')).toBeTruthy()
  press(dialog.getByText('Start', { selector: 'button' }))
  await waitFor(() => expect(orders()).toEqual([['/admin/rollout/start', { reason: 'a reason', dry_run: false }]]))
})

test('where the slider cannot be moved only a dry run can be chosen', async () => {
  open({ ...noRollout(), limit: 'Only a dry run is possible here.' })
  const dialog = await ask('Start…')
  expect(dialog.getByLabelText('For real')).toHaveProperty('disabled', true)
  expect(dialog.getByText('Only a dry run is possible here.')).toBeTruthy()
  expect(screen.queryByRole('alert')).toBeNull()
})

test.each<[string, Rollout, string, string, object]>([
  ['hold', rolloutOf(), 'Hold…', 'Hold', {}],
  ['resume', rolloutOf({ rollout: watchedOf({ state: 'held', held_by: 'judge' }) }), 'Resume…', 'Resume', {}],
  ['move', rolloutOf(), 'Move…', 'Move', { share: 10 }],
  ['stop', rolloutOf(), 'Stop watching…', 'Stop watching', {}],
  ['emergency', rolloutOf(), 'Stop all streams…', 'Stop all streams', {}],
  ['lift', rolloutOf({ emergency: { since: '2026-11-29T09:58:00Z', by: 'eve@example.com', reason: 'why' } }), 'Lift the emergency switch…', 'Allow streams', {}],
])('an order is asked about, and sent with its reason: %s', async (name, rollout, opener, action, more) => {
  const { orders } = open(rollout, { ordered: noRollout() })
  const dialog = await ask(opener)
  expect(orders()).toEqual([])
  press(dialog.getByText(action, { selector: 'button' }))
  await waitFor(() => expect(document.querySelector('dialog')).toBeNull())
  expect(orders()).toEqual([[`/admin/rollout/${name}`, { reason: 'a reason', ...more }]])
  expect(screen.getByText('No rollout yet.')).toBeTruthy()
  expect(screen.getByLabelText('What you can do').contains(document.activeElement)).toBe(true)
})

test.each([
  [409, 'rollout_refused', 'Somebody has started one already.'],
  [503, 'flags_unreachable', 'Unleash cannot be reached: nothing was moved.'],
])('what is refused stays open with what was filled in: %i', async (status, code, detail) => {
  const { server } = open(noRollout())
  const dialog = await ask('Start…', 'release 1.4')
  server.refuse = [status, { status, code, detail }]
  press(dialog.getByText('Start', { selector: 'button' }))
  expect((await dialog.findByRole('alert')).textContent).toBe(detail)
  expect(dialog.getByLabelText<HTMLInputElement>('Reason').value).toBe('release 1.4')
  press(dialog.getByText('Go back'))
  // It is not asked about again as if nothing had happened.
  expect((await screen.findByRole('alert')).textContent).toBe(detail)
  expect(document.activeElement?.textContent).toBe('Start…')
  press(await button('Start…'))
  expect(screen.queryByRole('alert')).toBeNull()
})

test('an answer that is lost says that the order may be carried out', async () => {
  const { server } = open()
  const dialog = await ask('Hold…')
  server.down = true
  press(dialog.getByText('Hold', { selector: 'button' }))
  expect((await dialog.findByRole('alert')).textContent).toMatch(/It may still be done: see the list of decisions/)
})

test('what cannot be read says so, and is asked for again', async () => {
  const { server } = open()
  server.refuseRollout = [503, { status: 503, code: 'busy', detail: 'The database is busy: try again.' }]
  expect((await screen.findByRole('alert')).textContent).toBe('The database is busy: try again.')
  server.refuseRollout = undefined
  press(screen.getByRole('button', { name: 'Try again' }))
  expect(await standing()).toBeTruthy()
})

test('it moves by itself, says a new decision, and keeps what it has while the server is away', async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true })
  const { server } = open()
  await standing()
  expect(said()).toBe('')
  server.rollout = rolloutOf({ rollout: watchedOf({ state: 'held', held_by: 'judge' }), decisions: [decisionOf(30, { decision: 'hold', sentence: 'Held at 10%.' })] })
  await act(() => vi.advanceTimersByTimeAsync(AGAIN_MS))
  expect(await screen.findByText('Held at 10%: there is doubt.')).toBeTruthy()
  await waitFor(() => expect(said()).toBe('Held at 10%.'))
  server.down = true
  await act(() => vi.advanceTimersByTimeAsync(2 * AGAIN_MS))
  expect((await screen.findByRole('alert')).textContent).toMatch(/^The newest numbers could not be read\.Playhead cannot be reached/)
  expect(screen.getByText('Where the rollout stands now is not known.')).toBeTruthy()
  expect(screen.getByText(/^\d+\ss ago: Held at 10%: there is doubt\.$/)).toBeTruthy()
  server.down = false
  press(screen.getByRole('button', { name: 'Try again' }))
  await waitFor(() => expect(screen.queryByRole('alert')).toBeNull())
  expect(screen.getByText('Held at 10%: there is doubt.')).toBeTruthy()
})

test('it is found from the other pages for admins', async () => {
  open(noRollout(), { address: '/admin/paths' })
  press(await screen.findByRole('link', { name: 'Rollout' }))
  expect(await screen.findByRole('heading', { name: 'Rollout' })).toBeTruthy()
})

test('nobody else finds the page', async () => {
  open(noRollout(), { isAdmin: false })
  expect(await screen.findByRole('heading', { name: 'There is nothing at this address' })).toBeTruthy()
})

test('axe finds nothing on the page with a dialog that was refused', async () => {
  const { server } = open(rolloutOf({ telemetry: false, past: [pastOf('stopped', true)], rollout: watchedOf({ looks: looksOf() }) }))
  const dialog = await ask('Move…')
  server.refuse = [409, { status: 409, code: 'rollout_refused', detail: 'Not now.' }]
  press(dialog.getByText('Move', { selector: 'button' }))
  await dialog.findByText('Not now.')
  // There is no layout here: the real browsers look at colours (tests/e2e/browsers).
  const { violations } = await axe.run(document.body, { rules: { 'color-contrast': { enabled: false } } })
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual([])
})
