import { act, fireEvent, screen, waitFor, within } from '@testing-library/react'
import { expect, test, vi } from 'vitest'
import { UploadsProvider } from '../src/api/uploads.tsx'
import { Layout } from '../src/components/Layout.tsx'
import { HomePage } from '../src/pages/HomePage.tsx'
import { type TusServer, tusServer } from './fakeTus.ts'
import { press } from './page.ts'
import { service, sessionOf, show } from './service.tsx'
import { statusOf } from './status.ts'

const CODE = { code: 'gave_up', message: 'It was tried three times.', retryable: true, debug_id: 'd1' }
const BUSY = [429, { status: 429, code: 'too_many_requests', detail: 'Please wait a little.' }] as const
const REFUSED = [409, { status: 409, code: 'not_retryable', detail: 'It is not retryable.' }] as const
/** One moment for all: a millisecond more would order them. */
const JUST_NOW = new Date().toISOString()
const failure = (id: string, retryable = true) =>
  sessionOf(id, `${id}.mp3`, { state: 'failed', stage: 'failed', updated_at: JUST_NOW, error: { ...CODE, retryable } })
const waiting = (id: string, queue_position: number) =>
  sessionOf(id, `${id}.mp3`, { state: 'queued', stage: 'queued', progress: null, eta_s: null, queue_position })
const done = (id: string) => sessionOf(id, `${id}.mp3`, { state: 'completed', stage: 'completed', progress: 1, version: 2_000_000 })

async function open(options: Parameters<typeof service>[0]) {
  const server = service({ signedIn: true, ...options })
  const tus: TusServer = (await tusServer(server)).server
  const { world, client } = show(
    <Layout>
      <UploadsProvider person="u1">
        <HomePage />
      </UploadsProvider>
    </Layout>,
  )
  const tell = (status: ReturnType<typeof statusOf>) =>
    act(async () => {
      world.stream.emit('status', status)
      await world.advance(20)
    })
  await screen.findByRole('list', { name: 'Now' })
  const retried = () => server.asked.filter(({ path }) => path.endsWith('/retry')).map(({ path }) => path.split('/')[2])
  return { server, tus, client, world, tell, retried }
}

const now = () => within(screen.getByRole('list', { name: 'Now' }))
const rows = () => now().getAllByRole('listitem')
const names = () => rows().map((row) => row.querySelector('[title$=".mp3"]')?.textContent)
const button = (name: string) => screen.getByRole('button', { name })
const summary = () => screen.getByRole('heading', { name: 'Now' }).nextElementSibling?.textContent

test('what goes on is above what is done, whatever the order of the list', async () => {
  await open({ sessions: [done('a'), waiting('b', 2), waiting('c', 1), done('d'), sessionOf('e', 'e.mp3', { eta_s: null })] })
  expect(names()).toEqual(['e.mp3', 'c.mp3', 'b.mp3'])
  expect(summary()).toBe('1 transcribing, 2 waiting')
  expect(screen.getAllByRole('heading', { level: 3 }).map(({ textContent }) => textContent)).toHaveLength(2)
  expect(screen.queryByRole('button', { name: /all/ })).toBeNull()
})

test('a running row moves on by the same clock as the page of its session', async () => {
  const { world } = await open({ sessions: [sessionOf('s1', 's1.mp3', { progress: 0.42, position_s: 252, duration_s: 600, speed: 6, eta_s: 58 })] })
  await act(async () => {
    world.stream.hello()
    await world.advance(20)
  })
  await act(() => world.advance(4_000))
  expect(screen.getByText('Transcribing, 46%')).toBeTruthy()
  expect(summary()).toBe('1 transcribing, about 55\u{A0}s left')
})

test('all that failed are tried again one after another, an upload among them', async () => {
  const { server, tus, retried } = await open({ sessions: [failure('a'), failure('b'), failure('c', false)] })
  tus.refuse = [507, { status: 507, code: 'storage_full', detail: 'The disk is full.' }]
  fireEvent.change(screen.getByLabelText('Choose a recording'), { target: { files: [new File(['a'], 'd.mp3')] } })
  await waitFor(() => expect(summary()).toBe('4 failed'))
  server.sessions = [waiting('a', 1), waiting('b', 2), failure('c', false)]
  press(button('Try all again'))
  await waitFor(() => expect(tus.parts[0]?.filename).toBe('d.mp3'))
  await screen.findByText('3 tried again')
  expect(retried()).toEqual(['a', 'b'])
  expect(summary()).toBe('1 uploading, 2 waiting · 1 failed')
  expect(screen.queryByRole('button', { name: 'Try all again' })).toBeNull()
  expect(document.activeElement).toBe(screen.getByRole('heading', { name: 'Now' }))
})

test('those that are refused are told of in one sentence, and do not hold up the others', async () => {
  const { server, retried } = await open({ sessions: [failure('a'), failure('b'), failure('c')] })
  server.refuse = REFUSED
  press(button('Try all again'))
  expect((await screen.findByRole('alert')).textContent).toBe('3 of 3 could not be tried again. It is not retryable.')
  expect(retried()).toEqual(['a', 'b', 'c'])
  expect(document.activeElement).toBe(button('Try all again'))
  server.refuse = undefined
  press(button('Try all again'))
  await waitFor(() => expect(screen.queryByRole('alert')).toBeNull())
})

test('a server that has enough for now is not asked for the rest', async () => {
  const { server, retried } = await open({ sessions: [failure('a'), failure('b'), failure('c')] })
  server.refuse = BUSY
  press(button('Try all again'))
  expect((await screen.findByRole('alert')).textContent).toBe('3 of 3 could not be tried again. Please wait a little.')
  expect(retried()).toEqual(['a'])
})

test('what is dismissed is listed by its date, and the keyboard is left at the list', async () => {
  const { server } = await open({ sessions: [failure('a'), failure('b')] })
  press(button('Dismiss all'))
  expect(screen.queryByRole('list', { name: 'Now' })).toBeNull()
  expect(screen.getAllByRole('link', { name: /\.mp3$/ })).toHaveLength(2)
  expect(server.asked.some(({ method }) => method === 'DELETE')).toBe(false)
  expect(document.activeElement?.textContent).toBe('Your sessions')
  await screen.findByText('2 dismissed')
})

test('one is dismissed by its row, stays so, and comes back when it fails again', async () => {
  const { tell } = await open({ sessions: [failure('a'), failure('b')] })
  press(button('Dismiss a.mp3'))
  expect(names()).toEqual(['b.mp3'])
  expect(document.activeElement).toBe(screen.getByRole('button', { name: 'Try a.mp3 again' }))
  expect(localStorage.getItem('playhead:dismissed')).toMatch(/a:\d+$/)
  await tell(statusOf({ ...failure('a').status, version: 3_000_000 }))
  expect(names()).toContain('a.mp3')
})

test('where nothing may be stored, what is dismissed is dismissed until the list is left', async () => {
  vi.spyOn(Storage.prototype, 'getItem').mockImplementation(() => { throw new DOMException('', 'SecurityError') })
  vi.spyOn(Storage.prototype, 'setItem').mockImplementation(() => { throw new DOMException('', 'SecurityError') })
  await open({ sessions: [failure('a'), failure('b')] })
  press(button('Dismiss a.mp3'))
  expect(names()).toEqual(['b.mp3'])
})

test('a long group is short until all of it is asked for', async () => {
  await open({ sessions: [...Array.from({ length: 20 }, (_, n) => waiting(`w${20 - n}`, 20 - n)), sessionOf('s1', 's1.mp3')] })
  expect(names()).toEqual(['s1', 'w1', 'w2', 'w3', 'w4', 'w5', 'w6', 'w7'].map((name) => `${name}.mp3`))
  press(button('Show all 21'))
  expect(rows()).toHaveLength(21)
  press(button('Show fewer'))
  expect(rows()).toHaveLength(8)
})

test('one that runs is asked for by itself where the list was not read as far', async () => {
  const { tell, server } = await open({ sessions: [waiting('b', 1), done('a'), sessionOf('old', 'old.mp3')], pageSize: 2 })
  expect(names()).toEqual(['b.mp3'])
  await tell(statusOf({ session_id: 'old' }))
  await waitFor(() => expect(names()).toEqual(['old.mp3', 'b.mp3']))
  expect(server.asked.filter(({ path }) => path === '/sessions/old')).toHaveLength(1)
  press(button('Show older'))
  await waitFor(() => expect(screen.queryByRole('button', { name: 'Show older' })).toBeNull())
  expect(screen.getAllByRole('link', { name: 'old.mp3' })).toHaveLength(1)
})

test('a session that is done stays where it is, with the focus', async () => {
  const { tell } = await open({ sessions: [sessionOf('s1', 's1.mp3'), waiting('b', 1)] })
  screen.getByRole('link', { name: 's1.mp3' }).focus()
  await tell(done('s1').status)
  expect(names()).toEqual(['s1.mp3', 'b.mp3'])
  expect(document.activeElement).toBe(screen.getByRole('link', { name: 's1.mp3' }))
})
