import { act, fireEvent, screen, waitFor, within } from '@testing-library/react'
import type { SessionStatus } from '@playhead/session-status'
import { segment } from '@playhead/session-status/testing'
import { beforeEach, expect, test } from 'vitest'
import type { Session } from '../src/api/types.ts'
import { Layout } from '../src/components/Layout.tsx'
import { SessionPage } from '../src/pages/SessionPage.tsx'
import { layOut, press } from './page.ts'
import { ADA, service, sessionOf, show } from './service.tsx'
import { statusOf } from './status.ts'

const FRAME = 20
const DONE = { version: 1_000_099, state: 'completed', stage: 'completed', progress: 1, segments: 2 } as const
const QUEUED = { version: 1_000_100, state: 'queued', stage: 'queued', progress: null, segments: 2, next_revision: 1 } as const
const AGAIN = { ...QUEUED, version: 2_000_001, attempt: 2, state: 'processing', stage: 'transcribing', progress: 0.5 } as const
const TRACK = { index: 1, title: null, language: null, codec: 'aac', channels: 2, decodable: true, chosen: true }
const TRACKS = [TRACK, { ...TRACK, index: 2, title: 'Microphone', language: 'de', channels: 1, chosen: false }]
const OTHER_TRACKS = { code: 'other_tracks', message: 'Track 2 of this file has sound that was not transcribed.' }

beforeEach(() => {
  layOut()
  history.replaceState(null, '', '/sessions/s1')
})

/** The page of a session whose two lines are read. */
async function open(status: Partial<SessionStatus> = DONE, session: Partial<Session> = {}, models = ['base']) {
  const one = { ...sessionOf('s1', 'talk.mp3', status), ...session }
  const server = service({ me: { ...ADA, models }, signedIn: true, sessions: [one] })
  const { world } = show(
    <Layout>
      <SessionPage id="s1" />
    </Layout>,
  )
  await screen.findByRole('heading', { name: 'talk.mp3' })
  if (world.transcriptRequests.length > 0) await act(() => world.request.respond(200, { segments: [segment(0), segment(1)] }))
  await act(() => world.advance(FRAME))
  const tell = (name: string, data: unknown) =>
    act(async () => {
      world.stream.emit(name, data)
      await world.advance(FRAME)
    })
  return { server, world, tell, one }
}

const button = (name: string) => screen.getByRole('button', { name })
const field = (name: string) => within(screen.getByRole('dialog')).getByLabelText<HTMLSelectElement>(name)
const fields = () => [...screen.getByRole('dialog').querySelectorAll('select')].map(({ labels }) => labels?.[0]?.textContent)
const lines = () => [...screen.getByRole('group', { name: 'Words' }).querySelectorAll('li')].map(({ textContent }) => textContent)
const notes = () => screen.queryAllByRole('list', { name: 'About this text' }).map(({ textContent }) => textContent)
const sent = (server: ReturnType<typeof service>) => server.asked.filter(({ method }) => method === 'POST').map(({ path, body }) => [path, body])

async function ask() {
  press(button('More actions'))
  press(button('Transcribe again…'))
  await screen.findByRole('dialog')
}

test('the dialog asks only for what there is to choose', async () => {
  await open(DONE, { tracks: [{ ...TRACK, channels: 1 }] })
  await ask()
  expect(fields()).toEqual(['Language'])
  expect(screen.getByRole('dialog').textContent).toMatch(/stays until the new one is complete.*hours of today/)
})

test('where there are several, tracks, models and channels can be chosen', async () => {
  await open(DONE, { tracks: [...TRACKS, { ...TRACK, index: 3, codec: 'apac', decodable: false, chosen: false }] }, ['base', 'large-v3'])
  await ask()
  expect(fields()).toEqual(['Track', 'Language', 'Model', 'Channels'])
  expect([...field('Track').options].map(({ text, disabled }) => (disabled ? `(${text})` : text))).toEqual([
    'Track 1',
    'Track 2 · Microphone · German',
    '(Track 3 · apac, cannot be read)',
    'All tracks',
  ])
  fireEvent.change(field('Track'), { target: { value: '2' } })
  expect(fields()).toEqual(['Track', 'Language', 'Model'])
})

test('it begins anew with the old text shown, and the new one takes its place', async () => {
  const { server, world, tell, one } = await open()
  expect(world.streams).toHaveLength(0)
  await ask()
  fireEvent.change(field('Language'), { target: { value: 'de' } })
  server.sessions = [{ ...one, status: statusOf(QUEUED) }]
  fireEvent.click(within(screen.getByRole('dialog')).getByRole('button', { name: 'Transcribe again' }))
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())
  expect(sent(server)).toEqual([['/sessions/s1/retry', { language: 'de' }]])
  expect(document.activeElement).toBe(button('More actions'))
  await act(() => world.advance(FRAME))
  await tell('status', statusOf(AGAIN))
  expect(screen.getByLabelText('Status').textContent).toMatch(/^Transcribing again/)
  expect(screen.getByRole('progressbar', { name: 'Progress' })).toBeTruthy()
  expect(notes()).toEqual([expect.stringMatching(/^This is the earlier text\./)])
  expect(lines()).toEqual(['0:00words 0', '0:05words 1'])
  await tell('segments', { revision: 1, from: 0, segments: [{ ...segment(0), text: 'Neu.', revision: 1 }] })
  await tell('status', statusOf({ ...DONE, version: 2_000_009, attempt: 2, segments: 1, revision: 1 }))
  expect(lines()).toEqual(['0:00Neu.'])
  expect(notes()).toEqual([])
})

test('a new text that comes in pieces is shown when all of it is there', async () => {
  const { world, tell } = await open(AGAIN)
  await tell('segments', { from: 0, segments: [segment(0), segment(1)] })
  const part = (index: number) => ({ revision: 1, from: index, segments: [{ ...segment(index), text: `neu ${index}`, revision: 1 }] })
  await tell('segments', part(0))
  expect(lines()).toEqual(['0:00words 0', '0:05words 1'])
  await tell('status', statusOf({ ...DONE, version: 2_000_009, attempt: 2, segments: 2, revision: 1 }))
  expect(lines()).toEqual(['0:00words 0', '0:05words 1'])
  // The stream has ended: the rest is read.
  await act(() => world.request.respond(200, part(1)))
  await act(() => world.advance(FRAME))
  expect(lines()).toEqual(['0:00neu 0', '0:05neu 1'])
})

test('one that fails keeps the text, and says why', async () => {
  const error = { code: 'unknown_language', message: 'The model does not know this language.', retryable: false, debug_id: 'd1' }
  const { tell } = await open(AGAIN)
  await tell('segments', { from: 0, segments: [segment(0), segment(1)] })
  await tell('status', statusOf({ ...AGAIN, version: 2_000_009, state: 'failed', stage: 'failed', error }))
  expect(screen.getByRole('alert').textContent).toMatch(/does not know this language\. The earlier text is kept\./)
  expect(lines()).toHaveLength(2)
  press(button('Transcribe again…'))
  await screen.findByRole('dialog')
  expect(field('Language').value).toBe('')
  expect(document.activeElement).toBe(field('Language'))
})

test('canceling it keeps the text', async () => {
  const { tell } = await open(AGAIN)
  press(button('Cancel'))
  expect(screen.getByRole('dialog').textContent).toMatch(/The earlier text is kept\./)
  await tell('status', statusOf({ ...AGAIN, version: 2_000_009, state: 'canceled', stage: 'canceled' }))
  expect(screen.getByLabelText('Status').textContent).toMatch(/^Canceled: the earlier text is kept/)
})

test('while it runs, the earlier text can be taken away as a whole', async () => {
  const { tell } = await open(AGAIN)
  await tell('segments', { from: 0, segments: [segment(0), segment(1)] })
  expect(button('Cancel')).toBeTruthy()
  press(button('More actions'))
  expect(button('Copy').hasAttribute('disabled')).toBe(false)
  expect(screen.getByRole('link', { name: 'Text (TXT)' })).toBeTruthy()
  expect(screen.queryByText('Copy the text so far')).toBeNull()
})

test('a canceled one with the same choices goes on from where it stopped', async () => {
  const { server } = await open({ ...DONE, state: 'canceled', stage: 'canceled' })
  await ask()
  expect(screen.getByRole('dialog').textContent).toMatch(/goes on from where it stopped/)
  fireEvent.change(field('Language'), { target: { value: 'th' } })
  expect(screen.getByRole('dialog').textContent).not.toMatch(/goes on from where it stopped/)
  fireEvent.change(field('Language'), { target: { value: '' } })
  fireEvent.click(within(screen.getByRole('dialog')).getByRole('button', { name: 'Transcribe again' }))
  await waitFor(() => expect(sent(server)).toEqual([['/sessions/s1/retry', {}]]))
})

test('what is refused, or sent without a network, says so and keeps what was chosen', async () => {
  const { server } = await open()
  await ask()
  fireEvent.change(field('Language'), { target: { value: 'th' } })
  server.refuse = [403, { status: 403, code: 'over_quota', detail: 'Today’s hours of audio are used up.' }]
  const begin = () => fireEvent.click(within(screen.getByRole('dialog')).getByRole('button', { name: 'Transcribe again' }))
  begin()
  expect((await within(screen.getByRole('dialog')).findByRole('alert')).textContent).toMatch(/hours of audio are used up/)
  server.down = true
  begin()
  await waitFor(() => expect(screen.getByRole('alert').textContent).toMatch(/cannot be reached/))
  expect(field('Language').value).toBe('th')
})

test('other tracks are said, and lead to the choice of one', async () => {
  await open({ ...DONE, warnings: [OTHER_TRACKS] }, { tracks: TRACKS })
  expect(notes()).toEqual([expect.stringMatching(/^This recording has 2 audio tracks; track 1 was transcribed\./)])
  press(button('Transcribe another…'))
  await screen.findByRole('dialog')
  expect(field('Track').value).toBe('2')
})

test.each([
  [{ code: 'language_uncertain', message: 'Perhaps.' }, /^The language is probably Thai\. Wrong\?Choose the language…$/],
  [{ code: 'language_uncertain', message: 'Perhaps.', language: 'lo' }, /^The language is probably Lao\./],
  [{ code: 'too_quiet', message: 'Quiet.' }, /Record it again, closer/],
  [{ code: 'skipped', message: 'Skipped.' }, /Listen to the recording/],
  [{ code: 'of_tomorrow', message: 'Something is new.' }, /^Something is new\.$/],
])('a warning is a sentence that says what to do: %o', async (warning, sentence) => {
  await open({ ...DONE, warnings: [warning] }, { language: 'th' })
  expect(notes()).toEqual([expect.stringMatching(sentence)])
})

test('a warning that comes behind words is below them, and above them later', async () => {
  const skipped = { code: 'skipped', message: 'Skipped.' }
  const { tell } = await open(statusOf({ version: 1_000_001, segments: 0 }))
  await tell('status', statusOf({ version: 1_000_002, segments: 0, warnings: [OTHER_TRACKS] }))
  await tell('segments', { from: 0, segments: [segment(0), segment(1)] })
  await tell('status', statusOf({ version: 1_000_003, segments: 2, warnings: [OTHER_TRACKS, skipped] }))
  const words = screen.getByRole('group', { name: 'Words' })
  const isBelow = screen.getAllByRole('list', { name: 'About this text' }).map((list) => (words.compareDocumentPosition(list) & Node.DOCUMENT_POSITION_FOLLOWING) !== 0)
  expect(isBelow).toEqual([false, true])
})

test('lines name their channel where it changes, and each to who listens', async () => {
  const { tell } = await open(statusOf({ version: 1_000_001, segments: 0 }))
  const spoken = [1, 1, 2].map((channel, index) => Object.assign(segment(index), { channel }))
  await tell('segments', { from: 0, segments: spoken })
  expect(lines()).toEqual(['0:00Channel 1: words 0', '0:05Channel 1: words 1', '0:10Channel 2: words 2'])
  const hidden = [...document.querySelectorAll('li b')].map(({ className }) => className === 'visually-hidden')
  expect(hidden).toEqual([false, true, false])
})
