import { act, fireEvent, screen, within } from '@testing-library/react'
import { segment, segmentsEvent } from '@playhead/session-status/testing'
import { beforeEach, expect, test, vi } from 'vitest'
import { SessionPage } from '../src/pages/SessionPage.tsx'
import { layOut } from './page.ts'
import { ADA, service, sessionOf, show } from './service.tsx'
import { statusOf } from './status.ts'

const QUEUED = { version: 1, attempt: 0, state: 'queued', stage: 'queued', progress: null, position_s: null, queue_position: 3 } as const
const DONE = { version: 1_000_099, state: 'completed', stage: 'completed', progress: 1 } as const
const ERROR = { code: 'unreadable', message: 'This is not a recording.', retryable: false, debug_id: 'd1e2' }
const FAILED = { version: 1_000_099, state: 'failed', stage: 'failed', error: ERROR } as const
const FRAME = 20

beforeEach(() => {
  layOut()
  history.replaceState(null, '', '/sessions/s1')
})

async function open(status: Parameters<typeof statusOf>[0] = {}, { words = true } = {}) {
  const me = { ...ADA, features: { ...ADA.features, 'live-transcript': words } }
  const server = service({ me, signedIn: true, sessions: [sessionOf('s1', 'talk.mp3', status)] })
  const { world } = show(<SessionPage id="s1" />)
  await screen.findByRole('heading', { name: 'talk.mp3' })
  const tell = (name: string, data: unknown) =>
    act(async () => {
      world.stream.emit(name, data)
      await world.advance(FRAME)
    })
  return { server, world, tell }
}

const here = () => document.querySelector('[aria-current="step"]')?.textContent
const lines = () => [...screen.getByRole('group', { name: 'Words' }).querySelectorAll('li')].map(({ textContent }) => textContent)

test('one page leads from the queue to the words', async () => {
  const { tell } = await open(QUEUED)
  expect(screen.getByText('Number 3')).toBeTruthy()
  expect(here()).toMatch(/^Queue/)
  await tell('status', statusOf({ progress: 0, position_s: 0, segments: 0 }))
  expect(here()).toMatch(/^Transcribe/)
  expect(screen.getByText('The words appear here as they are heard.')).toBeTruthy()
  await tell('segments', segmentsEvent(0, 1))
  expect(lines()).toEqual(['0:00words 0', '0:05words 1'])
  await tell('status', statusOf({ ...DONE, segments: 2 }))
  expect(screen.getByLabelText('Status').textContent).toMatch(/^Done: 10:00 · 4 words/)
  expect(screen.getByRole('progressbar', { name: 'Progress' })).toBeTruthy()
  expect(screen.queryByRole('button', { name: 'Cancel' })).toBeNull()
})

test('one that was done when it was opened has no ruler, and Copy comes first', async () => {
  await open({ ...DONE, segments: 2 })
  expect(screen.queryByRole('progressbar')).toBeNull()
  const buttons = within(screen.getByLabelText('Status')).getAllByRole('button').map((button) => button.ariaLabel ?? button.textContent)
  expect(buttons).toEqual(['Copy', 'Download', 'More actions'])
})

test('what is done can be downloaded in each format, with the recording', async () => {
  await open({ ...DONE, segments: 2 })
  fireEvent.click(screen.getByRole('button', { name: 'Download' }))
  const links = screen.getAllByRole('link').filter((link) => link.hasAttribute('download')) as HTMLAnchorElement[]
  expect(links.map((link) => [link.getAttribute('href'), link.download])).toEqual([
    ...['txt', 'srt', 'vtt', 'json'].map((format) => [`/api/v1/sessions/s1/transcript?format=${format}`, `talk.${format}`]),
    ['/api/v1/sessions/s1/audio', 'talk.mp3'],
  ])
})

test('the words so far can be taken away from the first one on, and the recording before', async () => {
  const { tell } = await open()
  const entries = () => {
    fireEvent.click(screen.getByRole('button', { name: 'More actions' }))
    const menu = document.getElementById(screen.getByRole('button', { name: 'More actions' }).getAttribute('aria-controls') ?? '')
    const found = [...(menu?.querySelectorAll('a, button') ?? [])].map(({ textContent }) => textContent)
    fireEvent.click(screen.getByRole('button', { name: 'More actions' }))
    return found
  }
  expect(entries()).toEqual(['The recording', 'Delete'])
  await tell('status', statusOf({ version: 1_000_002, segments: 1 }))
  await tell('segments', segmentsEvent(0))
  expect(entries().slice(0, 2)).toEqual(['Copy the text so far', 'Text (TXT)'])
})

test('the text can be copied once all of it is there', async () => {
  const written: string[] = []
  vi.stubGlobal('navigator', { clipboard: { writeText: (text: string) => Promise.resolve(void written.push(text)) } })
  const { world } = await open({ ...DONE, segments: 2 })
  expect(screen.getByRole('button', { name: 'Copy' }).hasAttribute('disabled')).toBe(true)
  await act(() => world.request.respond(200, { segments: [segment(0), segment(1)] }))
  await act(() => world.advance(FRAME))
  fireEvent.click(screen.getByRole('button', { name: 'Copy' }))
  expect(await screen.findByRole('button', { name: 'Copied' })).toBeTruthy()
  expect(written).toEqual(['words 0\nwords 1'])
})

test('words that are not shown as they are heard come at the end', async () => {
  const { world, tell } = await open({}, { words: false })
  await screen.findByText('The words appear when it is finished.')
  await tell('status', statusOf({ version: 1_000_009, segments: 2 }))
  expect(world.transcriptRequests).toHaveLength(0)
  await tell('status', statusOf({ ...DONE, segments: 2 }))
  await act(() => world.request.respond(200, { segments: [segment(0), segment(1)] }))
  await act(() => world.advance(FRAME))
  expect(lines()).toEqual(['0:00words 0', '0:05words 1'])
  expect(screen.getByRole('button', { name: 'Download' })).toBeTruthy()
})

test('a failure says what happened, what to do, and what to tell who helps', async () => {
  await open(FAILED)
  const alert = screen.getByRole('alert').textContent
  expect(alert).toMatch(/This is not a recording\./)
  expect(alert).toMatch(/Trying again would end the same way/)
  expect(alert).toMatch(/d1e2/)
  // Beside it: what the button says would be said with all the rest.
  expect(screen.getByRole('button', { name: 'Copy debug id' }).closest('[role=alert]')).toBeNull()
  expect(screen.queryByRole('button', { name: 'Try again' })).toBeNull()
})

test('a failure that can pass can be tried again', async () => {
  const { server } = await open({ ...FAILED, error: { ...ERROR, code: 'timed_out', retryable: true } })
  expect(screen.getByRole('alert').textContent).toMatch(/This may pass/)
  fireEvent.click(screen.getByRole('button', { name: 'Try again' }))
  const asked = () => server.asked.filter(({ method }) => method === 'POST').map(({ path }) => path)
  await vi.waitFor(() => expect(asked()).toEqual(['/sessions/s1/retry']))
})

test('what was carried on before the end is taken back where the truth fell behind', async () => {
  const { world, tell } = await open()
  await tell('status', statusOf({ version: 1_000_002 }))
  await act(() => world.advance(4_000))
  expect(screen.queryByText('4:12 of 10:00')).toBeNull()
  await tell('status', statusOf({ version: 1_000_003, state: 'canceled', stage: 'canceled' }))
  expect(screen.getByText('4:12 of 10:00')).toBeTruthy()
})

test('cancelling asks first, and says so until a worker has heard of it', async () => {
  const { server } = await open()
  fireEvent.click(screen.getByRole('button', { name: 'Cancel' }))
  expect(server.asked.some(({ method }) => method === 'POST')).toBe(false)
  fireEvent.click(screen.getByRole('button', { name: 'Cancel it' }))
  const button = await screen.findByRole('button', { name: 'Canceling…' })
  expect(button.getAttribute('aria-disabled')).toBe('true')
})

test('deleting asks first, and leads back to the sessions', async () => {
  const { server } = await open(DONE)
  fireEvent.click(screen.getByRole('button', { name: 'More actions' }))
  fireEvent.click(screen.getByRole('button', { name: 'Delete' }))
  fireEvent.click(screen.getByRole('button', { name: 'Delete it' }))
  await vi.waitFor(() => expect(location.pathname).toBe('/'))
  expect(server.sessions).toEqual([])
})

test('a session that is not there says so', async () => {
  service({ signedIn: true })
  show(<SessionPage id="s9" />)
  expect(await screen.findByText('There is no such session')).toBeTruthy()
})

test('a session that is not kept up to date although somebody is signed in says so, and can be followed again', async () => {
  const { world, tell } = await open()
  await tell('goodbye', { reason: 'signed_out', next: 'none' })
  expect((await screen.findByRole('alert')).textContent).toMatch(/not kept up to date/)
  const streams = world.streams.length
  fireEvent.click(screen.getByRole('button', { name: 'Try again' }))
  await act(() => world.advance(FRAME))
  expect(world.streams.length).toBeGreaterThan(streams)
})

test('a session that cannot be read says so, with a way on and a way back', async () => {
  const server = service({ signedIn: true, sessions: [sessionOf('s1', 'a.mp3', QUEUED)] })
  server.down = true
  show(<SessionPage id="s1" />)
  expect(await screen.findByRole('heading', { name: 'This session cannot be shown now' })).toBeTruthy()
  expect(screen.getByRole('link', { name: 'Go to your sessions' })).toBeTruthy()
  server.down = false
  fireEvent.click(screen.getByRole('button', { name: 'Try again' }))
  expect(await screen.findByRole('heading', { name: 'a.mp3' })).toBeTruthy()
})
