import { act, cleanup, fireEvent, screen, waitFor, within } from '@testing-library/react'
import { beforeEach, expect, test, vi } from 'vitest'
import { UploadsProvider } from '../src/api/uploads.tsx'
import type { Session } from '../src/api/types.ts'
import { Layout } from '../src/components/Layout.tsx'
import { AccountPage } from '../src/pages/AccountPage.tsx'
import { HomePage } from '../src/pages/HomePage.tsx'
import { dropOf, folder } from './drop.ts'
import { FakeUpload, sent, upload } from './fakeUpload.ts'
import { press } from './page.ts'
import { ADA, service, sessionOf, show } from './service.tsx'
import { statusOf } from './status.ts'

const WAITING = { version: 1, attempt: 0, state: 'queued', stage: 'queued', progress: null, queue_position: 1 } as const

let server: ReturnType<typeof service>
let world: ReturnType<typeof show>['world']
let client: ReturnType<typeof show>['client']

beforeEach(() => {
  sent.length = 0
  server = service({ signedIn: true })
  vi.stubGlobal('XMLHttpRequest', FakeUpload)
  ;({ world, client } = show(
    <Layout>
      <UploadsProvider>
        <HomePage />
      </UploadsProvider>
    </Layout>,
  ))
})

const file = (name: string) => new File(['a'], name)
const choose = (...names: readonly string[]) =>
  fireEvent.change(screen.getByLabelText('Choose a recording'), { target: { files: names.map(file) } })
/** The service has it, and says so. */
function arrive(one: FakeUpload, session: Session) {
  server.sessions = [session, ...server.sessions]
  return one.answer(201, session)
}
/** The list as it is read, a row at a time. */
const rows = () => screen.queryAllByRole('button', { name: /^(Stop|Dismiss|Delete)/ }).map((button) => button.closest('li'))
const row = (n: number) => rows()[n] ?? document.body
const reads = () => server.asked.filter(({ path, method }) => path === '/sessions' && method === 'GET').length
/** What is said aloud, once it is said. */
const heard = (words: string) => waitFor(() => expect(screen.getAllByRole('status').map(({ textContent }) => textContent)).toContain(words))
const texts = () => rows().map((item) => item?.textContent)

test('files go one after another, each with how far it is, and become sessions', async () => {
  choose('one.mp3', 'two.mp3')
  const one = await upload(1)
  await one.progress(42, 100)
  expect(texts()).toEqual(['one.mp3Uploading, 42% 1\u{A0}kB', 'two.mp3Waiting 1\u{A0}kB'])
  const bar = screen.getByRole('progressbar', { name: 'Upload of one.mp3' })
  expect([bar.getAttribute('aria-valuenow'), bar.getAttribute('aria-valuetext')]).toEqual(['42', 'Uploading, 42%'])
  await arrive(one, sessionOf('s1', 'one.mp3', WAITING))
  await upload(2)
  expect(texts()).toEqual(['two.mp3Uploading, 0% 1\u{A0}kB', expect.stringMatching(/^one\.mp3Waiting next in line/)])
  expect(within(row(1)).getByRole('link', { name: 'one.mp3' }).getAttribute('href')).toBe('/sessions/s1')
})

test('a file is one row at every moment, whatever tells of its session first', async () => {
  await act(async () => {
    world.stream.hello()
    await world.advance(20)
  })
  choose('one.mp3', 'two.mp3')
  const one = await upload(1)
  await one.progress(100, 100)
  const counts: number[] = []
  const watcher = new MutationObserver(() => counts.push(screen.queryAllByText('one.mp3').length))
  watcher.observe(document.body, { childList: true, subtree: true })
  server.sessions = [sessionOf('s1', 'one.mp3', WAITING)]
  await act(async () => {
    world.stream.emit('status', statusOf({ ...WAITING, session_id: 's1' }))
    await world.advance(20)
  })
  await one.answer(201, sessionOf('s1', 'one.mp3', WAITING))
  await upload(2)
  await waitFor(() => expect(screen.getByRole('link', { name: 'one.mp3' })).toBeTruthy())
  watcher.disconnect()
  expect(counts.length).toBeGreaterThan(0)
  expect(counts.every((count) => count === 1)).toBe(true)
})

test('one brought by itself is watched as soon as it is there, several are not', async () => {
  choose('one.mp3', 'two.mp3')
  await arrive(await upload(1), sessionOf('s1', 'one.mp3'))
  await arrive(await upload(2), sessionOf('s2', 'two.mp3'))
  expect(location.pathname).toBe('/')
  choose('three.mp3')
  await arrive(await upload(3), sessionOf('s3', 'three.mp3'))
  expect(location.pathname).toBe('/sessions/s3')
})

test('who listens hears of one by its name, and of several once, when all are there, and so is the list read', async () => {
  choose('one.mp3')
  await arrive(await upload(1), sessionOf('s1', 'one.mp3'))
  await heard('one.mp3 uploaded')
  await waitFor(() => expect(client.isFetching()).toBe(0))
  const before = reads()
  choose('two.mp3', 'three.mp3')
  await arrive(await upload(2), sessionOf('s2', 'two.mp3'))
  const last = await upload(3)
  await heard('one.mp3 uploaded')
  await arrive(last, sessionOf('s3', 'three.mp3'))
  await heard('2 recordings uploaded')
  expect(reads()).toBe(before + 1)
})

test('what is brought while another one is sent is told of by itself', async () => {
  choose('one.mp3')
  const one = await upload(1)
  choose('two.mp3')
  await arrive(one, sessionOf('s1', 'one.mp3'))
  await heard('one.mp3 uploaded')
  await arrive(await upload(2), sessionOf('s2', 'two.mp3'))
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
  expect(sent).toEqual([])
})

test('who is in the middle of a search is not taken away from it', async () => {
  choose('one.mp3', 'two.mp3')
  await arrive(await upload(1), sessionOf('s1', 'one.mp3'))
  await arrive(await upload(2), sessionOf('s2', 'two.mp3'))
  choose('three.mp3')
  fireEvent.change(screen.getByRole('searchbox'), { target: { value: 'one' } })
  await arrive(await upload(3), sessionOf('s3', 'three.mp3'))
  await waitFor(() => expect(screen.queryByRole('button', { name: 'Stop three.mp3' })).toBeNull())
  expect(location.pathname).toBe('/')
})

test('what failed says why, does not hold up the next, and can be sent again', async () => {
  choose('one.mp3', 'two.mp3')
  const detail = 'The disk for recordings is nearly full.'
  await (await upload(1)).answer(507, { status: 507, code: 'storage_full', detail })
  expect(screen.getByRole('alert').textContent).toBe(`one.mp3 could not be uploaded. ${detail}`)
  expect(screen.getByText('Not uploaded')).toBeTruthy()
  await arrive(await upload(2), sessionOf('s2', 'two.mp3'))
  press(screen.getByRole('button', { name: 'Try one.mp3 again' }))
  const again = await upload(3)
  expect(again.filename).toBe('one.mp3')
  expect(screen.queryByRole('alert')).toBeNull()
  expect(document.activeElement).toBe(screen.getByRole('button', { name: 'Stop one.mp3' }))
  await arrive(again, sessionOf('s1', 'one.mp3'))
  expect(screen.getByRole('link', { name: 'one.mp3' })).toBeTruthy()
})

test('what would be refused again is only put away, and the keyboard is left at the list', async () => {
  choose('notes.txt')
  await (await upload(1)).answer(415, { status: 415, code: 'unsupported_media', detail: 'Not a recording.' })
  expect(screen.queryByRole('button', { name: /again/ })).toBeNull()
  expect(screen.queryByText(/Nothing here yet/)).toBeNull()
  press(screen.getByRole('button', { name: 'Dismiss notes.txt' }))
  expect(screen.queryByRole('alert')).toBeNull()
  expect(document.activeElement).toBe(screen.getByRole('heading', { name: 'Your sessions' }))
  expect(await screen.findByText(/Nothing here yet/)).toBeTruthy()
})

const TOO_MANY = { status: 429, code: 'too_many_requests', detail: 'Too many requests: please wait a little.' }

test('when the server has enough for now, all wait as long as it asks, and it is said once', async () => {
  choose('one.mp3', 'two.mp3')
  const one = await upload(1)
  one.retryAfter = '3019'
  await one.answer(429, TOO_MANY)
  expect(screen.queryByRole('alert')).toBeNull()
  expect(screen.getAllByText(/^The limit of uploads an hour is reached, trying again in 5[0-5] min$/)).toHaveLength(1)
  await heard('The limit of uploads an hour is reached, trying again')
  expect(document.title).toBe('Upload waiting · Sessions – Playhead')
  expect(sent).toHaveLength(1)
  fireEvent.click(screen.getByRole('button', { name: 'Stop one.mp3' }))
  expect((await upload(2)).filename).toBe('two.mp3')
  expect(screen.queryByText(/trying again in/)).toBeNull()
})

test('and then they go on by themselves, each in its turn', async () => {
  choose('one.mp3', 'two.mp3')
  const one = await upload(1)
  one.retryAfter = '0'
  await one.answer(503, { ...TOO_MANY, status: 503 })
  const again = await upload(2)
  expect(again.filename).toBe('one.mp3')
  await arrive(again, sessionOf('s1', 'one.mp3'))
  expect((await upload(3)).filename).toBe('two.mp3')
})

test('a file that this device cannot read is told apart from a bad connection, and is not sent', async () => {
  const gone = Object.assign(file('gone.mp3'), { slice: () => ({ arrayBuffer: () => Promise.reject(new DOMException('', 'NotFoundError')) }) })
  fireEvent.change(screen.getByLabelText('Choose a recording'), { target: { files: [gone] } })
  expect((await screen.findByRole('alert')).textContent).toMatch(/could not be read/)
  expect(screen.queryByRole('button', { name: /again/ })).toBeNull()
  expect(sent).toHaveLength(0)
})

test('a login that ended meanwhile is not a failure of the file', async () => {
  choose('one.mp3')
  await (await upload(1)).answer(401, { status: 401, code: 'not_signed_in', detail: 'Sign in first.' })
  expect(screen.queryByRole('alert')).toBeNull()
  expect(client.getQueryData(['me'])).toBeNull()
})

test('a page that a proxy puts in place of the answer is a failure, and may be gone the next time', async () => {
  choose('one.mp3')
  await (await upload(1)).answer(201, '<html>Welcome to the hotel</html>')
  expect(screen.getByRole('alert').textContent).toMatch(/gave no usable answer \(201\)/)
  fireEvent.click(screen.getByRole('button', { name: 'Try one.mp3 again' }))
  await upload(2)
})

test('one that is stopped is not sent, whether its turn has come or not', async () => {
  choose('one.mp3', 'two.mp3', 'three.mp3')
  await upload(1)
  fireEvent.click(screen.getByRole('button', { name: 'Stop two.mp3' }))
  fireEvent.click(screen.getByRole('button', { name: 'Stop one.mp3' }))
  const next = await upload(2)
  expect(next.filename).toBe('three.mp3')
  expect(screen.queryByText('one.mp3')).toBeNull()
})

test('files may be dropped anywhere on the page, and are uploaded in the language that is chosen', async () => {
  fireEvent.change(screen.getByLabelText('Language'), { target: { value: 'de' } })
  const dataTransfer = dropOf(file('dropped.mp3'))
  expect(fireEvent.dragOver(document.body, { dataTransfer })).toBe(false)
  expect(screen.getByText('Drop to upload')).toBeTruthy()
  fireEvent.drop(document.body, { dataTransfer })
  expect((await upload(1)).form?.get('language')).toBe('de')
})

test('what few choose is out of the way, and sent where it was chosen', async () => {
  fireEvent.change(screen.getByLabelText('Channels'), { target: { value: 'each' } })
  fireEvent.change(screen.getByLabelText('Tracks'), { target: { value: 'all' } })
  expect(screen.getByLabelText('Tracks').closest('details')?.open).toBe(false)
  expect(screen.queryByLabelText('Model')).toBeNull()
  choose('call.mp3')
  const { form } = await upload(1)
  expect(['language', 'track', 'channels', 'model'].map((name) => form?.get(name))).toEqual([null, 'all', 'each', null])
})

test('a folder of which nothing is taken stands in the list and says why, and can only be put away', async () => {
  fireEvent.drop(document.body, { dataTransfer: dropOf(folder('Pictures', file('a.jpg')), file('one.mp3')) })
  expect((await screen.findByRole('alert')).textContent).toBe('Pictures could not be uploaded. No audio or video in this folder.')
  expect(screen.queryByRole('button', { name: /again/ })).toBeNull()
  expect((await upload(1)).filename).toBe('one.mp3')
  fireEvent.click(screen.getByRole('button', { name: 'Dismiss Pictures' }))
  expect(screen.queryByRole('alert')).toBeNull()
})

test('text that is dragged over the page is left to the browser', () => {
  expect(fireEvent.dragOver(document.body, { dataTransfer: { types: ['text/plain'], items: [] } })).toBe(true)
  expect(screen.queryByText('Drop to upload')).toBeNull()
})

test('leaving the page while a file is on its way is asked about', async () => {
  choose('one.mp3')
  const one = await upload(1)
  expect(dispatchEvent(new Event('beforeunload', { cancelable: true }))).toBe(false)
  await one.answer(201, sessionOf('s1', 'one.mp3'))
  expect(dispatchEvent(new Event('beforeunload', { cancelable: true }))).toBe(true)
})

test('signing out while a file is on its way is asked about', async () => {
  cleanup()
  show(
    <UploadsProvider>
      <HomePage />
      <AccountPage me={ADA} />
    </UploadsProvider>,
  )
  choose('a.mp3')
  await upload(1)
  fireEvent.click(screen.getByRole('button', { name: 'Sign out' }))
  const dialog = within(screen.getByRole('dialog', { name: 'Sign out while files are uploading?' }))
  expect(server.signedIn).toBe(true)
  fireEvent.click(dialog.getByRole('button', { name: 'Sign out' }))
  await waitFor(() => expect(server.signedIn).toBe(false))
})

test('who signs out leaves nothing to be sent by whoever signs in next', async () => {
  choose('a.mp3', 'b.mp3')
  const first = await upload(1)
  const stopped = vi.fn()
  first.addEventListener('abort', stopped)
  cleanup()
  expect(stopped).toHaveBeenCalledOnce()
  await act(async () => {})
  expect(sent).toHaveLength(1)
})
