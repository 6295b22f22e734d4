import { act, fireEvent, screen, waitFor, within } from '@testing-library/react'
import { expect, test, vi } from 'vitest'
import { SessionList } from '../src/components/SessionList.tsx'
import { press } from './page.ts'
import { sessionOf, service, show } from './service.tsx'
import { statusOf } from './status.ts'

const DONE = { state: 'completed', stage: 'completed', progress: 1, version: 2_000_000 } as const
const FRAME = 20

const TALK = sessionOf('s1', 'talk.mp3')
const LECTURE = sessionOf('s2', 'Vorträge März.mp3', DONE)

async function open(options: Parameters<typeof service>[0]) {
  const server = service({ signedIn: true, ...options })
  const { world } = show(<SessionList />)
  const tell = (status: ReturnType<typeof statusOf>) =>
    act(async () => {
      world.stream.emit('status', status)
      await world.advance(FRAME)
    })
  const reads = () => server.asked.filter(({ path, method }) => path === '/sessions' && method === 'GET').length
  return { server, world, tell, reads }
}

const row = async (name: string) => {
  const item = (await screen.findByText(name)).closest('li')
  if (item === null) throw new Error(`${name} is in no row`)
  return within(item)
}
const names = () => screen.getAllByRole('link').map(({ textContent }) => textContent)

test('the list moves by one stream, however many sessions there are', async () => {
  const { world, tell } = await open({ sessions: [TALK, LECTURE] })
  expect((await row('talk.mp3')).getByText('Transcribing, 42%')).toBeTruthy()
  await tell(statusOf({ version: 1_000_009, progress: 0.61 }))
  expect((await row('talk.mp3')).getByText('Transcribing, 61%')).toBeTruthy()
  expect(world.streams).toHaveLength(1)
})

test('an older status changes nothing, whichever way it came', async () => {
  const { tell } = await open({ sessions: [sessionOf('s1', 'talk.mp3', DONE)] })
  await row('talk.mp3')
  await tell(statusOf({ version: 1_000_009, progress: 0.61 }))
  expect((await row('talk.mp3')).getByText('Done')).toBeTruthy()
})

test('a session that began elsewhere appears by itself', async () => {
  const { server, tell } = await open({ sessions: [LECTURE] })
  await row(LECTURE.filename)
  server.sessions = [sessionOf('s3', 'new.mp3'), LECTURE]
  await tell(statusOf({ session_id: 's3' }))
  await waitFor(() => expect(names()).toEqual(['new.mp3', LECTURE.filename]))
})

test('one that was deleted elsewhere goes away', async () => {
  const { server, tell } = await open({ sessions: [TALK, LECTURE] })
  await row('talk.mp3')
  server.sessions = [LECTURE]
  await tell(statusOf({ state: 'canceled', stage: 'canceled', version: 2_000_001 }))
  await waitFor(() => expect(names()).toEqual([LECTURE.filename]))
})

test('what is not in the pages read so far is asked for once, not for ever', async () => {
  const { tell, reads } = await open({ sessions: [TALK] })
  await row('talk.mp3')
  await tell(statusOf({ session_id: 'older' }))
  await waitFor(() => expect(reads()).toBeGreaterThan(1))
  const before = reads()
  await tell(statusOf({ session_id: 'older', version: 1_000_002 }))
  await tell(statusOf({ version: 1_000_003 }))
  expect(reads()).toBe(before)
})

test('what ended between the list and the stream is not missed', async () => {
  const { server, world } = await open({ sessions: [TALK] })
  await row('talk.mp3')
  server.sessions = [sessionOf('s1', 'talk.mp3', DONE)]
  await act(async () => {
    world.stream.hello()
    await world.advance(FRAME)
  })
  await screen.findByText('Done')
  expect((await row('talk.mp3')).getByText('Done')).toBeTruthy()
})

test('deleting asks first, says that it is for good, and leaves the keyboard somewhere', async () => {
  const { server } = await open({ sessions: [TALK, LECTURE] })
  press((await row('talk.mp3')).getByRole('button', { name: 'Delete talk.mp3' }))
  expect(screen.getByText(/gone for good/)).toBeTruthy()
  expect(server.sessions).toHaveLength(2)
  press(screen.getByRole('button', { name: 'Delete it' }))
  await waitFor(() => expect(names()).toEqual([LECTURE.filename]))
  expect(document.activeElement?.textContent).toBe('Your sessions')
})

test('a row offers what its state allows', async () => {
  const error = { code: 'gave_up', message: 'It was tried three times.', retryable: true, debug_id: 'd1' }
  await open({
    sessions: [
      TALK,
      LECTURE,
      sessionOf('s3', 'again.mp3', { state: 'failed', stage: 'failed', error }),
      sessionOf('s4', 'never.mp3', { state: 'failed', stage: 'failed', error: { ...error, retryable: false } }),
    ],
  })
  await row('talk.mp3')
  expect(screen.getAllByRole('button').map((button) => button.getAttribute('aria-label'))).toEqual(
    expect.arrayContaining(['Cancel talk.mp3', 'Try again.mp3 again']),
  )
  expect(screen.queryByRole('button', { name: 'Cancel never.mp3' })).toBeNull()
  expect(screen.queryByRole('button', { name: 'Try never.mp3 again' })).toBeNull()
  expect((await row('never.mp3')).getByText('It was tried three times.')).toBeTruthy()
})

test('trying again and canceling are asked of the service', async () => {
  const { server } = await open({ sessions: [TALK, sessionOf('s3', 'off.mp3', { state: 'canceled', stage: 'canceled' })] })
  fireEvent.click((await row('off.mp3')).getByRole('button', { name: 'Try off.mp3 again' }))
  await waitFor(() => expect(server.asked.some(({ path }) => path === '/sessions/s3/retry')).toBe(true))
  fireEvent.click((await row('talk.mp3')).getByRole('button', { name: 'Cancel talk.mp3' }))
  fireEvent.click(screen.getByRole('button', { name: 'Cancel it' }))
  await waitFor(() => expect(server.asked.some(({ path }) => path === '/sessions/s1/cancel')).toBe(true))
})

test('a search finds words in any order, case or accent, and says what it searched', async () => {
  const more = Array.from({ length: 4 }, (_, n) => sessionOf(`m${n}`, `memo ${n}.mp3`, DONE))
  await open({ sessions: [TALK, LECTURE, ...more, sessionOf('old', 'märz alt.mp3', DONE)], pageSize: 3 })
  await row('talk.mp3')
  fireEvent.change(screen.getByRole('searchbox'), { target: { value: 'MARZ vortr' } })
  expect(names()).toEqual([LECTURE.filename])
  expect(screen.getByText('1 found among the newest 3.')).toBeTruthy()
  fireEvent.change(screen.getByRole('searchbox'), { target: { value: 'märz' } })
  fireEvent.click(screen.getByRole('button', { name: 'Search the older ones' }))
  await screen.findByText('2 sessions found.')
  expect(names()).toEqual([LECTURE.filename, 'märz alt.mp3'])
  expect(screen.queryByRole('button', { name: 'Search the older ones' })).toBeNull()
})

test('before the first recording, the page says what will happen with it', async () => {
  await open({})
  expect(await screen.findByText('Add a recording')).toBeTruthy()
  expect(screen.queryByRole('searchbox')).toBeNull()
})

test('a list that cannot be read says so, and can be tried again', async () => {
  const server = service({ signedIn: true, sessions: [TALK] })
  server.down = true
  show(<SessionList />)
  expect((await screen.findByRole('alert')).textContent).toMatch(/cannot be reached/)
  server.down = false
  fireEvent.click(screen.getByRole('button', { name: 'Try again' }))
  expect(await row('talk.mp3')).toBeTruthy()
})

test.each(['signed_out', 'not found'])('a list that is not kept up to date says so, and can be followed again: %s', async (why) => {
  const { world } = await open({ sessions: [TALK] })
  await row('talk.mp3')
  await act(async () => {
    if (why === 'signed_out') world.stream.emit('goodbye', { reason: 'signed_out', next: 'none' })
    else world.stream.drop()
    await world.advance(FRAME)
    if (why !== 'signed_out') await world.request.respond(404, {})
    await world.advance(FRAME)
  })
  expect((await screen.findByRole('alert')).textContent).toMatch(/not kept up to date/)
  const streams = world.streams.length
  press(screen.getByRole('button', { name: 'Try again' }))
  await act(() => world.advance(FRAME))
  expect(world.streams.length).toBeGreaterThan(streams)
  expect(screen.queryByRole('alert')).toBeNull()
  expect(document.activeElement?.textContent).toBe('Your sessions')
})

test('a long list is read again with one request, and keeps what was read of it', async () => {
  const many = Array.from({ length: 7 }, (_, n) => sessionOf(`m${n}`, `memo ${n}.mp3`, DONE))
  const { server, world, reads, tell } = await open({ sessions: many, pageSize: 2 })
  await row('memo 0.mp3')
  await act(async () => {
    world.stream.hello()
    await world.advance(FRAME)
  })
  for (const length of [4, 6, 7]) {
    press(screen.getByRole('button', { name: 'Show older' }))
    await waitFor(() => expect(names()).toHaveLength(length))
  }
  expect(document.activeElement?.textContent).toBe('These are all of them.')
  const before = reads()
  server.sessions = [sessionOf('new', 'new.mp3'), ...many.filter(({ id }) => id !== 'm0')]
  await tell(statusOf({ session_id: 'new' }))
  await waitFor(() => expect(names()).toEqual(['new.mp3', 1, 2, 3, 4, 5, 6].map((n) => (n === 'new.mp3' ? n : `memo ${n}.mp3`))))
  expect(reads()).toBe(before + 1)
})

test('a list with nothing left in common with what was read of it begins anew', async () => {
  const many = (name: string) => Array.from({ length: 4 }, (_, n) => sessionOf(name + n, `${name} ${n}.mp3`, DONE))
  const { server, tell } = await open({ sessions: many('old'), pageSize: 2 })
  await row('old 0.mp3')
  press(screen.getByRole('button', { name: 'Show older' }))
  await waitFor(() => expect(names()).toHaveLength(4))
  server.sessions = [...many('new'), ...many('old')]
  await tell(statusOf({ session_id: 'new0' }))
  await waitFor(() => expect(names()).toEqual(['new 0.mp3', 'new 1.mp3']))
  expect(screen.getByRole('button', { name: 'Show older' })).toBeTruthy()
})

test('a page that a proxy puts in place of the list is told of in words', async () => {
  service({ signedIn: true })
  vi.stubGlobal('fetch', () => Promise.resolve(new Response('<html>Welcome to the hotel</html>')))
  show(<SessionList />)
  expect((await screen.findByRole('alert')).textContent).toMatch(/gave no usable answer \(200\)/)
})
