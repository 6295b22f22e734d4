import { act, cleanup, fireEvent, screen, waitFor, within } from '@testing-library/react'
import { beforeEach, expect, test, vi } from 'vitest'
import { App } from '../src/App.tsx'
import { type KeptHandle, noteDropped } from '../src/lib/handles.ts'
import { dropOf } from './drop.ts'
import { type Part, type TusServer, tusServer } from './fakeTus.ts'
import { layOut, press } from './page.ts'
import { service, show } from './service.tsx'
import { statusOf } from './status.ts'

let server: ReturnType<typeof service>
let tus: TusServer
let part: (n: number) => Promise<Part>

beforeEach(async () => {
  layOut()
  server = service({ signedIn: true })
  ;({ server: tus, part } = await tusServer(server))
})

const file = (name: string, { size = 100, lastModified = 1 } = {}) => new File(['a'.repeat(size)], name, { lastModified })
const row = () => within(screen.getAllByRole('listitem').find((one) => one.dataset['session'] !== undefined) ?? document.body)
/** Opens the page as after a reload: nothing is left of the one before. */
function open(path = '/') {
  cleanup()
  dispatchEvent(new Event('pagehide'))
  history.replaceState(null, '', path)
  return show(<App />)
}
const choose = async (one: File, label = 'Choose a recording') => fireEvent.change(await screen.findByLabelText(label), { target: { files: [one] } })
const AGAIN = 'Choose talk.mp3 again to go on from 63%'

/** An upload of which 63 of 100 bytes had arrived when the page was reloaded. */
async function reloaded() {
  open()
  await choose(file('talk.mp3'))
  await (await part(1)).take(63)
  await part(2)
  const shown = open()
  await screen.findByLabelText(AGAIN)
  return shown
}

test('after a reload the same file goes on from where it was', async () => {
  await reloaded()
  expect(row().getByText('Paused at 63%')).toBeTruthy()
  expect(row().getByText('Choose the same file to go on from 63%')).toBeTruthy()
  await choose(file('talk.mp3'), AGAIN)
  const rest = await part(3)
  expect([rest.id, rest.offset, rest.bytes]).toEqual(['s1', 63, 37])
  expect(screen.queryByLabelText(AGAIN)).toBeNull()
  expect(screen.getAllByRole('link', { name: 'talk.mp3' })).toHaveLength(1)
})

test('and so it does where it is brought as any other', async () => {
  await reloaded()
  await choose(file('talk.mp3'))
  expect([(await part(3)).id, tus.begun.length]).toEqual(['s1', 1])
})

test.each([
  [file('other.mp3'), '“other.mp3” is another file. Choose “talk.mp3”, of 1\u{A0}kB.'],
  [file('talk.mp3', { size: 99 }), '“talk.mp3” is another file. Choose “talk.mp3”, of 1\u{A0}kB.'],
  [file('talk.mp3', { lastModified: 2 }), '“talk.mp3” was changed since its upload began. Stop that, and add it as a new one.'],
])('another file (%#) is not mixed with what has arrived', async (other, why) => {
  await reloaded()
  await choose(other, AGAIN)
  expect((await screen.findByRole('alert')).textContent).toBe(why)
  expect(tus.parts).toHaveLength(2)
  await choose(file('talk.mp3'), AGAIN)
  await part(3)
  expect(screen.queryByRole('alert')).toBeNull()
})

test('a file of the same name that was changed since is an upload of its own', async () => {
  await reloaded()
  await choose(file('talk.mp3', { lastModified: 2 }))
  await part(3)
  expect(tus.begun).toHaveLength(2)
})

test('one that was begun on another device goes on with the file of this one', async () => {
  tus.leave('s9', 'talk.mp3', 100, 63)
  open()
  await choose(file('talk.mp3', { lastModified: 2 }), AGAIN)
  expect((await part(1)).offset).toBe(63)
})

/** A handle as a browser keeps it, which may be read without a question or only with one. */
class Handle {
  readonly kind = 'file'
  constructor(private readonly one: File, private may: PermissionState) {}
  getFile = () => Promise.resolve(this.one)
  queryPermission = () => Promise.resolve(this.may)
  requestPermission = () => Promise.resolve((this.may = 'granted'))
}

async function reloadedWith(may: PermissionState) {
  open()
  await screen.findByText('Your sessions')
  const one = file('talk.mp3')
  const item = { getAsFileSystemHandle: () => Promise.resolve(new Handle(one, may) as unknown as KeptHandle) }
  noteDropped(item as unknown as DataTransferItem, one)
  fireEvent.drop(document.body, { dataTransfer: dropOf(one) })
  await (await part(1)).take(63)
  await part(2)
  expect(dispatchEvent(new Event('beforeunload', { cancelable: true }))).toBe(true)
  open()
}

test('a file that the browser can read again goes on by itself', async () => {
  await reloadedWith('granted')
  expect((await part(3)).offset).toBe(63)
})

test('a file that it may read only with permission goes on with a click', async () => {
  await reloadedWith('prompt')
  press(await screen.findByRole('button', { name: 'Go on with talk.mp3' }))
  expect((await part(3)).offset).toBe(63)
})

test('where the browser has a dialog whose files can be read again, that is used', async () => {
  open()
  const input = await screen.findByLabelText('Choose a recording')
  vi.stubGlobal('showOpenFilePicker', () => Promise.reject(new DOMException('Closed', 'AbortError')))
  expect(fireEvent.click(input)).toBe(false)
  vi.stubGlobal('showOpenFilePicker', () => Promise.resolve([new Handle(file('talk.mp3'), 'granted')]))
  fireEvent.click(input)
  await part(1)
  await waitFor(() => expect(dispatchEvent(new Event('beforeunload', { cancelable: true }))).toBe(true))
  open()
  await part(2)
})

test('one that a person has paused stays so', async () => {
  await reloadedWith('granted')
  await part(3)
  press(await screen.findByRole('button', { name: 'Pause talk.mp3' }))
  await screen.findByRole('button', { name: 'Go on with talk.mp3' })
  open()
  press(await screen.findByRole('button', { name: 'Go on with talk.mp3' }))
  await part(4)
})

test('the newer of two tabs sends, and the older one takes over', async () => {
  const { world } = open()
  await screen.findByText('Your sessions')
  await act(async () => {
    world.stream.hello()
    await world.advance(20)
  })
  await choose(file('talk.mp3'))
  const one = await part(1)
  const other = new BroadcastChannel('playhead-uploads')
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel has none
  other.postMessage({ sends: 's1', since: Date.now() + 1_000 })
  await waitFor(() => expect(one.isAborted).toBe(true))
  tus.store('s1', 63)
  await act(async () => {
    world.stream.emit('status', { ...statusOf(tus.session('s1')?.status), eta_s: 10 })
    await world.advance(20)
  })
  expect(row().getByText('Goes on in another tab')).toBeTruthy()
  const heard = vi.fn()
  other.addEventListener('message', heard)
  press(row().getByRole('button', { name: 'Go on with talk.mp3 here' }))
  expect((await part(2)).offset).toBe(63)
  await waitFor(() => expect(heard).toHaveBeenCalled())
  other.close()
})

test('what another tab has sent whole is a session as any other', async () => {
  const { world } = open()
  await choose(file('talk.mp3'))
  await (await part(1)).take(63)
  await part(2)
  press(await screen.findByRole('button', { name: 'Pause talk.mp3' }))
  await act(async () => {
    world.stream.hello()
    await world.advance(20)
  })
  tus.store('s1', 100)
  await act(async () => {
    world.stream.emit('status', statusOf(tus.session('s1')?.status))
    await world.advance(20)
  })
  await waitFor(() => expect(screen.queryByText('Paused at 63%', { selector: 'li *' })).toBeNull())
  expect(row().getByText('Waiting')).toBeTruthy()
  expect(row().queryByRole('button', { name: /^(Go on|Stop)/ })).toBeNull()
})

test('where another device has sent more, this one stands back', async () => {
  open()
  await choose(file('talk.mp3', { size: 5_000_000 }))
  const one = await part(1)
  tus.store('s1', 4_500_000)
  await one.cut()
  await act(async () => void dispatchEvent(new Event('online')))
  expect(await screen.findByRole('button', { name: 'Go on with talk.mp3' })).toBeTruthy()
  expect(tus.parts).toHaveLength(1)
})

test('and so it does where the server says that its request was superseded', async () => {
  open()
  await choose(file('talk.mp3'))
  await (await part(1)).answer(409, { status: 409, code: 'upload_superseded', detail: 'Elsewhere.' })
  expect(await screen.findByRole('button', { name: 'Go on with talk.mp3' })).toBeTruthy()
  expect(screen.queryByRole('alert')).toBeNull()
})

test('and goes on once nothing more comes from there', async () => {
  open()
  await choose(file('talk.mp3'))
  const one = await part(1)
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'], shouldAdvanceTime: true })
  await one.answer(409, { status: 409, code: 'upload_superseded', detail: 'Elsewhere.' })
  tus.store('s1', 30)
  await screen.findByRole('button', { name: 'Go on with talk.mp3' })
  await act(() => vi.advanceTimersByTimeAsync(45_000))
  tus.store('s1', 63)
  await act(() => vi.advanceTimersByTimeAsync(45_000))
  expect(tus.parts).toHaveLength(1)
  await act(() => vi.advanceTimersByTimeAsync(45_000))
  expect((await part(2)).offset).toBe(63)
})

test.each([
  ['deleted', () => void (server.sessions = [])],
  ['whole', () => void tus.store('s1', 100)],
])('one that is %s is not asked about any more', async (_, end) => {
  open()
  await choose(file('talk.mp3'))
  const one = await part(1)
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'], shouldAdvanceTime: true })
  await one.answer(409, { status: 409, code: 'upload_superseded', detail: 'Elsewhere.' })
  await screen.findByRole('button', { name: 'Go on with talk.mp3' })
  const count = () => server.asked.filter(({ path }) => path === '/sessions/s1').length
  end()
  await act(() => vi.advanceTimersByTimeAsync(45_000))
  const asked = count()
  await act(() => vi.advanceTimersByTimeAsync(200_000))
  expect(count()).toBe(asked)
  expect(screen.queryByRole('button', { name: 'Go on with talk.mp3' })).toBeNull()
})

test('each time it goes on elsewhere, it is asked about by one loop alone', async () => {
  open()
  await choose(file('talk.mp3'))
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'], shouldAdvanceTime: true })
  const superseded = async (n: number) => (await part(n)).answer(409, { status: 409, code: 'upload_superseded', detail: 'Elsewhere.' })
  await superseded(1)
  for (const n of [2, 3, 4]) {
    press(await screen.findByRole('button', { name: 'Go on with talk.mp3' }))
    await superseded(n)
  }
  await screen.findByRole('button', { name: 'Go on with talk.mp3' })
  const asked = server.asked.length
  tus.store('s1', 10)
  await act(() => vi.advanceTimersByTimeAsync(45_000))
  expect(server.asked.slice(asked).filter(({ path }) => path === '/sessions/s1')).toHaveLength(1)
})

test('an offset that another request has moved is asked for anew', async () => {
  open()
  await choose(file('talk.mp3'))
  const one = await part(1)
  tus.store('s1', 30)
  await one.answer(409, { status: 409, code: 'wrong_offset', detail: '30 bytes are stored.' })
  await act(async () => void dispatchEvent(new Event('online')))
  expect((await part(2)).offset).toBe(30)
})

test('who has to sign in again goes on with the same files', async () => {
  open()
  await choose(file('talk.mp3'))
  await (await part(1)).take(63)
  server.signedIn = false
  await (await part(2)).answer(401, { status: 401, code: 'not_signed_in', detail: 'Sign in first.' })
  fireEvent.change(await screen.findByLabelText('Email'), { target: { value: 'ada@example.com' } })
  fireEvent.change(screen.getByLabelText('Password'), { target: { value: 'correct horse battery' } })
  fireEvent.click(screen.getByRole('button', { name: 'Sign in' }))
  expect((await part(3)).offset).toBe(63)
})

test('the page of its session shows the same, and what can be done', async () => {
  open()
  await choose(file('talk.mp3'))
  await (await part(1)).take(63)
  await part(2)
  fireEvent.click(row().getByRole('link', { name: 'talk.mp3' }))
  const status = within(await screen.findByRole('region', { name: 'Status' }))
  expect(status.getByText('Uploading, 63%')).toBeTruthy()
  expect(status.getByRole('progressbar').getAttribute('aria-valuenow')).toBe('63')
  expect(status.getByRole('progressbar').parentElement?.dataset['look']).toBe('moving')
  expect(screen.getByText('The words come once all of the recording is there.')).toBeTruthy()
  expect(screen.queryByRole('button', { name: 'Play' })).toBeNull()
  expect(document.title).toBe('Uploading 63% · talk.mp3 – Playhead')
  press(status.getByRole('button', { name: 'Pause' }))
  expect(await status.findByText('Paused at 63%')).toBeTruthy()
  expect(status.getByRole('progressbar').parentElement?.dataset['look']).toBe('still')
  expect(document.activeElement).toBe(status.getByRole('button', { name: 'Go on' }))
  press(status.getByRole('button', { name: 'Go on' }))
  await (await part(3)).take()
  await waitFor(() => expect(status.queryByRole('button', { name: /Pause|Go on/ })).toBeNull())
})

test('the page of a session that is not sent from here asks for the file', async () => {
  tus.leave('s9', 'talk.mp3', 100, 63)
  open('/sessions/s9')
  await choose(file('other.mp3'), AGAIN)
  expect((await screen.findByRole('alert')).textContent).toMatch(/is another file/)
  await choose(file('talk.mp3'), AGAIN)
  expect((await part(1)).offset).toBe(63)
})
