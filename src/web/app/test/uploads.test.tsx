// Over 300 lines: one list of what may become of an upload, where what is missing can be seen.

import { act, cleanup, fireEvent, screen, waitFor, within } from '@testing-library/react'
import { beforeEach, expect, test } from 'vitest'
import { UploadsProvider } from '../src/api/uploads.tsx'
import { Layout } from '../src/components/Layout.tsx'
import { AccountPage } from '../src/pages/AccountPage.tsx'
import { HomePage } from '../src/pages/HomePage.tsx'
import { dropOf, folder } from './drop.ts'
import { type Part, type TusServer, tusServer } from './fakeTus.ts'
import { press } from './page.ts'
import { ADA, service, sessionOf, show } from './service.tsx'
import { statusOf } from './status.ts'

const WAITING = { version: 1, attempt: 0, state: 'queued', stage: 'queued', progress: null, queue_position: 1 } as const

let server: ReturnType<typeof service>
let tus: TusServer
let part: (n: number) => Promise<Part>
let world: ReturnType<typeof show>['world']
let client: ReturnType<typeof show>['client']

beforeEach(async () => {
  server = service({ signedIn: true })
  ;({ server: tus, part } = await tusServer(server))
  ;({ world, client } = show(
    <Layout>
      <UploadsProvider person="u1">
        <HomePage />
      </UploadsProvider>
    </Layout>,
  ))
})

const file = (name: string) => new File(['a'.repeat(100)], name, { lastModified: 1 })
/** The browser's word that there is a network again; it also ends the wait for a server. */
const comesBack = () => act(async () => void dispatchEvent(new Event('online')))
const choose = (...names: readonly string[]) =>
  fireEvent.change(screen.getByLabelText('Choose a recording'), { target: { files: names.map(file) } })
/** The list as it is read, a row at a time. */
const rows = () => screen.queryAllByRole('button', { name: /^(Stop|Dismiss|Delete)/ }).map((button) => button.closest('li'))
const row = (n: number) => rows()[n] ?? document.body
/** What is said aloud, once it is said. */
const heard = (words: string) => waitFor(() => expect(screen.getAllByRole('status').map(({ textContent }) => textContent)).toContain(words))
const texts = () => rows().map((item) => item?.textContent)

test('files go one after another, each with how much of it is there, and are their sessions from the first byte', async () => {
  choose('one.mp3', 'two.mp3')
  const one = await part(1)
  await one.cut(42)
  await comesBack()
  const rest = await part(2)
  expect([rest.offset, rest.bytes]).toEqual([42, 58])
  expect(texts()).toEqual(['one.mp3Uploading, 42% 1\u{A0}kB', 'two.mp3Waiting 1\u{A0}kB'])
  const bar = screen.getByRole('progressbar', { name: 'Upload of one.mp3' })
  expect([bar.getAttribute('aria-valuenow'), bar.getAttribute('aria-valuetext')]).toEqual(['42', 'Uploading, 42%'])
  expect(within(row(0)).getByRole('link', { name: 'one.mp3' }).getAttribute('href')).toBe('/sessions/s1')
  await rest.take()
  await part(3)
  expect(texts()).toEqual(['two.mp3Uploading, 0% 1\u{A0}kB', expect.stringMatching(/^one\.mp3Waiting next in line/)])
  expect(within(row(1)).getByRole('link', { name: 'one.mp3' }).getAttribute('href')).toBe('/sessions/s1')
})

test('what the network took is not what the server has', async () => {
  choose('one.mp3')
  await (await part(1)).sent(90)
  expect(screen.getByText('Uploading, 0%')).toBeTruthy()
})

test('a file is one row at every moment, whatever tells of its session first', async () => {
  await act(async () => {
    world.stream.hello()
    await world.advance(20)
  })
  const counts: number[] = []
  const watcher = new MutationObserver(() => counts.push(screen.queryAllByText('one.mp3').length))
  watcher.observe(document.body, { childList: true, subtree: true })
  choose('one.mp3')
  const one = await part(1)
  const tell = (status: ReturnType<typeof statusOf> | undefined) =>
    act(async () => {
      if (status !== undefined) world.stream.emit('status', status)
      await world.advance(20)
    })
  await tell(tus.session('s1')?.status)
  tus.store('s1', 63)
  await tell(tus.session('s1')?.status)
  expect(screen.getByText('Uploading, 63%')).toBeTruthy()
  server.sessions = [sessionOf('s1', 'one.mp3', { ...WAITING, version: 2_000_000 })]
  await tell(statusOf({ ...WAITING, version: 2_000_000, session_id: 's1' }))
  await one.answer(204, '', { 'Upload-Offset': '100' })
  await waitFor(() => expect(screen.queryByRole('button', { name: /Stop|Pause/ })).toBeNull())
  watcher.disconnect()
  const shown = counts.slice(counts.indexOf(1))
  expect(shown.length).toBeGreaterThan(0)
  expect(shown.every((count) => count === 1)).toBe(true)
})

test('one brought by itself is watched as soon as it is there, several are not', async () => {
  choose('one.mp3', 'two.mp3')
  await (await part(1)).take()
  await (await part(2)).take()
  expect(location.pathname).toBe('/')
  choose('three.mp3')
  await (await part(3)).take()
  await waitFor(() => expect(location.pathname).toBe('/sessions/s3'))
})

test('who listens hears of one by its name, and of several once, when all are there', async () => {
  choose('one.mp3')
  await (await part(1)).take()
  await heard('one.mp3 uploaded')
  choose('two.mp3', 'three.mp3')
  await (await part(2)).take()
  const last = await part(3)
  await heard('one.mp3 uploaded')
  await last.take()
  await heard('2 recordings uploaded')
})

test('what is brought while another one is sent is told of by itself', async () => {
  choose('one.mp3')
  const one = await part(1)
  choose('two.mp3')
  await one.take()
  await heard('one.mp3 uploaded')
  await (await part(2)).take()
  await heard('two.mp3 uploaded')
})

test('of a folder that is read when its reader is gone nothing is sent', async () => {
  let signOut = () => {}
  const signedOut = new Promise<void>((resolve) => {
    signOut = resolve
  })
  const memos = folder('Memos', file('one.mp3'))
  const reader = memos.createReader()
  const createReader = (): typeof reader => ({ readEntries: (...how) => void signedOut.then(() => reader.readEntries(...how)) })
  fireEvent.drop(document.body, { dataTransfer: dropOf({ ...memos, createReader }) })
  cleanup()
  signOut()
  await new Promise((turn) => setTimeout(turn))
  expect(tus.begun).toEqual([])
})

test('who is in the middle of a search is not taken away from it', async () => {
  choose('one.mp3', 'two.mp3')
  await (await part(1)).take()
  await (await part(2)).take()
  choose('three.mp3')
  const three = await part(3)
  fireEvent.change(screen.getByRole('searchbox'), { target: { value: 'one' } })
  await three.take()
  await waitFor(() => expect(screen.queryByRole('button', { name: 'Stop three.mp3' })).toBeNull())
  expect(location.pathname).toBe('/')
})

test('what failed says why, does not hold up the next, and goes on from where it was', async () => {
  choose('one.mp3', 'two.mp3')
  const detail = 'The disk for recordings is nearly full.'
  const one = await part(1)
  tus.store('s1', 30)
  await one.answer(507, { status: 507, code: 'storage_full', detail })
  expect((await screen.findByRole('alert')).textContent).toBe(`one.mp3 could not be uploaded. ${detail}`)
  expect(screen.getByText('Not uploaded')).toBeTruthy()
  await (await part(2)).take()
  press(screen.getByRole('button', { name: 'Try one.mp3 again' }))
  const again = await part(3)
  expect([again.filename, again.offset]).toEqual(['one.mp3', 30])
  expect(screen.queryByRole('alert')).toBeNull()
  await waitFor(() => expect(document.activeElement).toBe(screen.getByRole('button', { name: 'Pause one.mp3' })))
  await again.take()
  await waitFor(() => expect(screen.queryByRole('button', { name: 'Pause one.mp3' })).toBeNull())
  expect(screen.getByRole('link', { name: 'one.mp3' })).toBeTruthy()
})

test('what failed and is dismissed is gone, with all of it that had arrived', async () => {
  choose('one.mp3')
  await (await part(1)).answer(507, { status: 507, code: 'storage_full', detail: 'The disk is nearly full.' })
  press(await screen.findByRole('button', { name: 'Dismiss one.mp3' }))
  await waitFor(() => expect(server.sessions).toEqual([]))
  expect(await screen.findByText(/Nothing here yet/)).toBeTruthy()
})

test('what would be refused again is only put away, and the keyboard is left at the list', async () => {
  choose('notes.txt')
  const one = await part(1)
  // As the service does with what is no recording.
  server.sessions = []
  await one.answer(415, { status: 415, code: 'unsupported_media', detail: 'Not a recording.' })
  expect((await screen.findByRole('alert')).textContent).toBe('notes.txt could not be uploaded. Not a recording.')
  expect(screen.queryByRole('link', { name: 'notes.txt' })).toBeNull()
  expect(screen.queryByRole('button', { name: /again/ })).toBeNull()
  expect(screen.queryByText(/Nothing here yet/)).toBeNull()
  press(screen.getByRole('button', { name: 'Dismiss notes.txt' }))
  await waitFor(() => expect(screen.queryByRole('alert')).toBeNull())
  expect(document.activeElement).toBe(screen.getByRole('heading', { name: 'Your sessions' }))
  expect(await screen.findByText(/Nothing here yet/)).toBeTruthy()
})

test('one that was deleted elsewhere can be begun anew', async () => {
  choose('one.mp3')
  const one = await part(1)
  server.sessions = []
  await one.answer(404, { status: 404, code: 'not_found', detail: 'Not here.' })
  expect((await screen.findByRole('alert')).textContent).toMatch(/What had arrived was deleted/)
  press(screen.getByRole('button', { name: 'Try one.mp3 again' }))
  await part(2)
  expect(tus.begun).toHaveLength(2)
})

const TOO_MANY = { status: 429, code: 'too_many_requests', detail: 'Too many requests: please wait a little.' }

test('when the server has enough for now, all wait as long as it asks, and it is said once', async () => {
  tus.refuse = [429, TOO_MANY, { 'Retry-After': '3019' }]
  choose('one.mp3', 'two.mp3')
  expect(await screen.findByText(/^The limit of uploads an hour is reached, trying again in 5[0-5] min$/)).toBeTruthy()
  expect(screen.queryByRole('alert')).toBeNull()
  await heard('The limit of uploads an hour is reached, trying again')
  expect(document.title).toBe('Upload waiting · Sessions – Playhead')
  expect(tus.begun).toHaveLength(1)
  fireEvent.click(screen.getByRole('button', { name: 'Stop one.mp3' }))
  expect((await part(1)).filename).toBe('two.mp3')
  expect(screen.queryByText(/trying again in/)).toBeNull()
})

test('and then they go on by themselves, each in its turn', async () => {
  choose('one.mp3', 'two.mp3')
  await (await part(1)).answer(503, { ...TOO_MANY, status: 503 }, { 'Retry-After': '0' })
  const again = await part(2)
  expect(again.filename).toBe('one.mp3')
  await again.take()
  expect((await part(3)).filename).toBe('two.mp3')
})

test('one that is whole waits for its place in the queue without being sent again', async () => {
  choose('one.mp3')
  const one = await part(1)
  tus.store('s1', 99)
  tus.stored.set('s1', 100)
  await one.answer(429, { status: 429, code: 'over_quota', detail: 'A hundred wait.' }, { 'Retry-After': '0' })
  await waitFor(() => expect(location.pathname).toBe('/sessions/s1'))
  expect(tus.parts).toHaveLength(1)
})

test('a file that this device cannot read is told apart from a bad connection, and is not sent', async () => {
  const gone = Object.assign(file('gone.mp3'), { slice: () => ({ arrayBuffer: () => Promise.reject(new DOMException('', 'NotFoundError')) }) })
  fireEvent.change(screen.getByLabelText('Choose a recording'), { target: { files: [gone] } })
  expect((await screen.findByRole('alert')).textContent).toMatch(/could not be read/)
  expect(screen.queryByRole('button', { name: /again/ })).toBeNull()
  expect(tus.begun).toHaveLength(0)
})

test('a login that ended meanwhile is not a failure of the file', async () => {
  choose('one.mp3')
  await (await part(1)).answer(401, { status: 401, code: 'not_signed_in', detail: 'Sign in first.' })
  expect(screen.queryByRole('alert')).toBeNull()
  await waitFor(() => expect(client.getQueryData(['me'])).toBeNull())
})

test('a page that a proxy puts in place of the answer is a failure, and may be gone the next time', async () => {
  tus.refuse = [201, '<html>Welcome to the hotel</html>']
  choose('one.mp3')
  expect((await screen.findByRole('alert')).textContent).toMatch(/gave no usable answer \(201\)/)
  fireEvent.click(screen.getByRole('button', { name: 'Try one.mp3 again' }))
  await part(1)
})

test('what a proxy does not let pass is sent in another way', async () => {
  fireEvent.change(screen.getByLabelText('Choose a recording'), { target: { files: [new File([new Uint8Array(5_000_000)], 'one.mp3')] } })
  const first = await part(1)
  expect(first.bytes).toBe(4_194_304)
  await first.answer(413, '<html>Too large</html>')
  const smaller = await part(2)
  expect(smaller.bytes).toBe(2_097_152)
  await smaller.answer(405, '<html>Not allowed</html>')
  const other = await part(3)
  expect([other.method, other.bytes]).toEqual(['override', 2_097_152])
})

test('one that is stopped before its turn is gone at once, and one that is sent is asked about', async () => {
  choose('one.mp3', 'two.mp3', 'three.mp3')
  const one = await part(1)
  fireEvent.click(screen.getByRole('button', { name: 'Stop two.mp3' }))
  fireEvent.click(screen.getByRole('button', { name: 'Stop one.mp3' }))
  fireEvent.click(within(screen.getByRole('dialog', { name: 'Stop this upload?' })).getByRole('button', { name: 'Stop it' }))
  const next = await part(2)
  expect(next.filename).toBe('three.mp3')
  expect(one.isAborted).toBe(true)
  await waitFor(() => expect(screen.queryByText('one.mp3')).toBeNull())
  expect(server.sessions.map(({ filename }) => filename)).toEqual(['three.mp3'])
})

test('one that is paused lets the next go first, and goes on from where it was', async () => {
  choose('one.mp3', 'two.mp3')
  await (await part(1)).take(63)
  const rest = await part(2)
  press(screen.getByRole('button', { name: 'Pause one.mp3' }))
  const two = await part(3)
  expect([rest.isAborted, two.filename]).toEqual([true, 'two.mp3'])
  expect(texts()).toContainEqual(expect.stringContaining('Paused at 63%'))
  await heard('Paused at 63%')
  expect(document.activeElement).toBe(screen.getByRole('button', { name: 'Go on with one.mp3' }))
  press(screen.getByRole('button', { name: 'Go on with one.mp3' }))
  expect(await screen.findByText('Waiting at 63%')).toBeTruthy()
  await two.take()
  expect([(await part(4)).filename, (await part(4)).offset]).toEqual(['one.mp3', 63])
})

test('a second click on “Go on” does nothing: what goes on can still be paused', async () => {
  choose('one.mp3')
  await part(1)
  press(screen.getByRole('button', { name: 'Pause one.mp3' }))
  const goOn = await screen.findByRole('button', { name: 'Go on with one.mp3' })
  await act(async () => {
    goOn.click()
    // After the turn in which the first one is taken, and before the button is another one.
    queueMicrotask(() => queueMicrotask(() => goOn.click()))
  })
  const rest = await part(2)
  press(await screen.findByRole('button', { name: 'Pause one.mp3' }))
  await waitFor(() => expect(rest.isAborted).toBe(true))
  await act(async () => {})
  expect(tus.parts).toHaveLength(2)
})

test('a session that began although its answer was lost is not begun twice', async () => {
  tus.refuse = 'lost'
  choose('one.mp3')
  await waitFor(() => expect(server.sessions).toHaveLength(1))
  await comesBack()
  const one = await part(1)
  expect([one.id, tus.begun.length]).toEqual(['s1', 1])
})

test('files may be dropped anywhere on the page, and are uploaded in the language that is chosen', async () => {
  fireEvent.change(screen.getByLabelText('Language'), { target: { value: 'de' } })
  const dataTransfer = dropOf(file('dropped.mp3'))
  expect(fireEvent.dragOver(document.body, { dataTransfer })).toBe(false)
  expect(screen.getByText('Drop to upload')).toBeTruthy()
  fireEvent.drop(document.body, { dataTransfer })
  await part(1)
  expect(tus.begun[0]).toEqual({ filename: 'dropped.mp3', language: 'de' })
})

test('what few choose is out of the way, and sent where it was chosen', async () => {
  fireEvent.change(screen.getByLabelText('Channels'), { target: { value: 'each' } })
  fireEvent.change(screen.getByLabelText('Tracks'), { target: { value: 'all' } })
  expect(screen.getByLabelText('Tracks').closest('details')?.open).toBe(false)
  expect(screen.queryByLabelText('Model')).toBeNull()
  choose('call.mp3')
  await part(1)
  expect(tus.begun[0]).toEqual({ filename: 'call.mp3', track: 'all', channels: 'each' })
})

test('a folder of which nothing is taken stands in the list and says why, and can only be put away', async () => {
  fireEvent.drop(document.body, { dataTransfer: dropOf(folder('Pictures', file('a.jpg')), file('one.mp3')) })
  expect((await screen.findByRole('alert')).textContent).toBe('Pictures could not be uploaded. No audio or video in this folder.')
  expect(screen.queryByRole('button', { name: /again/ })).toBeNull()
  expect((await part(1)).filename).toBe('one.mp3')
  fireEvent.click(screen.getByRole('button', { name: 'Dismiss Pictures' }))
  await waitFor(() => expect(screen.queryByRole('alert')).toBeNull())
})

test('text that is dragged over the page is left to the browser', () => {
  expect(fireEvent.dragOver(document.body, { dataTransfer: { types: ['text/plain'], items: [] } })).toBe(true)
  expect(screen.queryByText('Drop to upload')).toBeNull()
})

test('leaving the page is asked about where the file would have to be chosen again', async () => {
  choose('one.mp3')
  const one = await part(1)
  expect(dispatchEvent(new Event('beforeunload', { cancelable: true }))).toBe(false)
  await one.take()
  await waitFor(() => expect(dispatchEvent(new Event('beforeunload', { cancelable: true }))).toBe(true))
})

test('signing out while a file is on its way is asked about', async () => {
  cleanup()
  show(
    <UploadsProvider person="u1">
      <HomePage />
      <AccountPage me={ADA} />
    </UploadsProvider>,
  )
  choose('a.mp3')
  await part(1)
  fireEvent.click(screen.getByRole('button', { name: 'Sign out' }))
  const dialog = within(screen.getByRole('dialog', { name: 'Sign out while files are uploading?' }))
  expect(server.signedIn).toBe(true)
  fireEvent.click(dialog.getByRole('button', { name: 'Sign out' }))
  await waitFor(() => expect(server.signedIn).toBe(false))
})

test('who signs out leaves nothing to be sent by whoever signs in next', async () => {
  choose('a.mp3', 'b.mp3')
  const first = await part(1)
  cleanup()
  await waitFor(() => expect(first.isAborted).toBe(true))
  await act(async () => {})
  expect(tus.begun).toHaveLength(1)
})
