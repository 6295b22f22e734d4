import { screen, within } from '@testing-library/react'
import { expect, test } from 'vitest'
import { App } from '../src/App.tsx'
import type { Feedback, Rated } from '../src/api/allFeedback.ts'
import { press } from './page.ts'
import { ADA, service, show } from './service.tsx'

const NONE: Rated = { count: 0, mean: null, ratings: [0, 0, 0, 0, 0] }
const EMPTY: Feedback = { all: NONE, unanswered: 0, by_mode: [], steps: [{ ...NONE, begins_at: '2025-11-22T00:00:00Z' }], answers: [], next_cursor: null }
const ANSWER = { id: 'a1', at: '2025-11-23T16:20:08Z', rating: 4, comment: 'Quick.\nAnd calm.', mode: 'stream' }
const SOME: Feedback = {
  all: { count: 3, mean: 4.333, ratings: [0, 0, 1, 0, 2] },
  unanswered: 1_200,
  by_mode: [
    { count: 2, mean: 5, ratings: [0, 0, 0, 0, 2], mode: 'stream' },
    { count: 1, mean: 3, ratings: [0, 0, 1, 0, 0], mode: 'poll' },
  ],
  steps: [
    { ...NONE, begins_at: '2025-11-22T00:00:00Z' },
    { count: 3, mean: 4.333, ratings: [0, 0, 1, 0, 2], begins_at: '2025-11-23T00:00:00Z' },
  ],
  answers: [ANSWER, { ...ANSWER, id: 'a2', rating: 1, comment: '', mode: 'none' }],
  next_cursor: 'a2',
}

function open(feedback: Feedback, { isAdmin = true, address = '/admin/feedback' } = {}) {
  history.replaceState(null, '', address)
  const server = service({ signedIn: true, me: { ...ADA, is_admin: isAdmin } })
  server.feedback = feedback
  show(<App />)
  return server
}

const rowsOf = (name: string) =>
  within(screen.getByRole('table', { name })).getAllByRole('row').map((row) => [...row.children].map(({ textContent }) => textContent))

test('an admin sees means by mode and over time, and what people wrote', async () => {
  open(SOME)
  expect((await screen.findByText('4.3 of 5')).closest('p')?.textContent).toBe('4.3 of 5 3 answers · 1,200 did not answer')
  expect(rowsOf('By how updates came').slice(1)).toEqual([
    ['Live, as a stream', '5.0', '2'],
    ['By checking every few seconds', '3.0', '1'],
  ])
  expect(rowsOf('Over time').slice(1).map(([, ...rest]) => rest)).toEqual([
    ['none', '0'],
    ['4.3', '3'],
  ])
  const answers = within(screen.getByRole('region', { name: 'Newest answers' })).getAllByRole('listitem')
  expect(answers.map(({ textContent }) => textContent)).toEqual([
    '4 of 5: MostlyLive, as a streamNov 23, 2025Quick.\nAnd calm.',
    '1 of 5: Not at allNot connectedNov 23, 2025',
  ])
})

test('the range is in the address, and the file is of the same', async () => {
  const server = open(SOME, { address: '/admin/feedback?range=nonsense' })
  expect((await screen.findByRole('link', { name: '30 days' })).getAttribute('aria-current')).toBe('true')
  press(screen.getByRole('link', { name: '13 weeks' }))
  expect(location.search).toBe('?range=quarter')
  const file = await screen.findByRole('link', { name: 'Download CSV' })
  expect([file.getAttribute('href'), file.hasAttribute('download')]).toEqual(['/api/v1/admin/feedback.csv?range=quarter', true])
  expect(server.asked.filter(({ path }) => path === '/admin/feedback')).toHaveLength(2)
})

test('older answers follow', async () => {
  const server = open(SOME)
  const more = await screen.findByRole('button', { name: 'Show older answers' })
  server.feedback = { ...SOME, answers: [{ ...ANSWER, id: 'a3', comment: 'The oldest.' }], next_cursor: null }
  press(more)
  await screen.findByText('The oldest.')
  expect(screen.getAllByRole('listitem')).toHaveLength(3)
  expect(document.activeElement?.textContent).toBe('Newest answers')
})

test('without answers the page says so', async () => {
  open(EMPTY)
  expect(await screen.findByText('Nobody has answered in this time.')).toBeTruthy()
  expect(screen.queryByRole('table')).toBeNull()
  expect(screen.queryByRole('link', { name: 'Download CSV' })).toBeNull()
})

test('it is found from the other pages for admins', async () => {
  open(SOME, { address: '/admin/paths' })
  press(await screen.findByRole('link', { name: 'Feedback' }))
  expect(await screen.findByRole('heading', { name: 'Feedback' })).toBeTruthy()
})

test('nobody else finds the page', async () => {
  open(SOME, { isAdmin: false })
  expect(await screen.findByRole('heading', { name: 'There is nothing at this address' })).toBeTruthy()
})
