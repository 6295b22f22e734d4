import { act, fireEvent, screen, waitFor, within } from '@testing-library/react'
import { beforeEach, expect, test, vi } from 'vitest'
import { App } from '../src/App.tsx'
import { ApiError } from '../src/api/http.ts'
import { pauseFor, pauseOf } from '../src/api/pause.ts'
import { dropOf } from './drop.ts'
import { type Part, type TusServer, tusServer } from './fakeTus.ts'
import { layOut, press } from './page.ts'
import { service, sessionOf, show } from './service.tsx'

let server: ReturnType<typeof service>
let tus: TusServer
let part: (n: number) => Promise<Part>

beforeEach(async () => {
  layOut()
  server = service({ signedIn: true, sessions: [sessionOf('s0', 'talk.mp3')] })
  ;({ server: tus, part } = await tusServer(server))
})

/** Without what is only said aloud. */
const seen = () => within(screen.getByRole('main'))
const file = (name: string) => new File(['a'.repeat(100)], name, { lastModified: 1 })
/** Without a network by what the browser says. */
const network = (is: boolean) => vi.spyOn(navigator, 'onLine', 'get').mockReturnValue(is)
/** The browser's word that there is one again; it also ends the wait for a server. */
const comesBack = () => act(async () => void dispatchEvent(new Event('online')))

async function open(path = '/') {
  history.replaceState(null, '', path)
  show(<App />)
  await screen.findByText(path === '/' ? 'Your sessions' : 'Account', { selector: 'h1, h2' })
  if (path === '/') await screen.findByRole('link', { name: 'talk.mp3' })
}

const choose = (...names: readonly string[]) =>
  fireEvent.change(screen.getByLabelText('Choose a recording'), { target: { files: names.map(file) } })

test('files brought during an outage wait for the network and go on by themselves', async () => {
  await open()
  network(false)
  tus.refuse = 'unreachable'
  choose('1.mp3', '2.mp3', '3.mp3', '4.mp3', '5.mp3')
  expect(await seen().findByText('Waiting for the network')).toBeTruthy()
  expect(screen.queryByText('Not uploaded')).toBeNull()
  expect(screen.getAllByText('Waiting')).toHaveLength(5)
  expect(document.title).toBe('Upload waiting · Sessions – Playhead')
  network(true)
  await comesBack()
  for (const n of [1, 2, 3, 4, 5]) {
    const one = await part(n)
    expect(one.filename).toBe(`${n}.mp3`)
    await one.take()
  }
  await waitFor(() => expect(document.title).toBe('Sessions – Playhead'))
  expect(screen.queryByRole('button', { name: /^Stop/ })).toBeNull()
})

test('a server that is away is tried again without anybody\'s help', async () => {
  vi.spyOn(Math, 'random').mockReturnValue(0)
  await open()
  choose('1.mp3', '2.mp3')
  await (await part(1)).cut()
  expect(screen.getByText('The server cannot be reached, trying again in 1 s')).toBeTruthy()
  await (await part(2)).answer(502, '<html>Bad gateway</html>')
  expect(screen.queryByRole('alert')).toBeNull()
  await comesBack()
  await (await part(3)).take()
  expect((await part(4)).filename).toBe('2.mp3')
  expect(screen.queryByText(/trying again in/)).toBeNull()
})

test('a machine without a network does not wait for an answer', async () => {
  await open()
  choose('1.mp3')
  const one = await part(1)
  network(false)
  await act(async () => void dispatchEvent(new Event('offline')))
  expect(one.isAborted).toBe(true)
  expect(await seen().findByText('Waiting for the network')).toBeTruthy()
})

test('one that waits can be paused, and nothing more of it is sent', async () => {
  await open()
  network(false)
  choose('1.mp3')
  await (await part(1)).cut(63)
  press(await screen.findByRole('button', { name: 'Pause 1.mp3' }))
  await waitFor(() => expect(seen().queryByText('Waiting for the network')).toBeNull())
  await comesBack()
  expect(tus.parts).toHaveLength(1)
  expect(document.title).toBe('Upload paused · Sessions – Playhead')
})

test.each([400, 413, 415])('a %i fails at once with its sentence', async (status) => {
  await open()
  tus.refuse = [status, { status, code: 'some_code', detail: 'Its sentence.' }]
  choose('1.mp3')
  expect((await screen.findByRole('alert')).textContent).toBe('1.mp3 could not be uploaded. Its sentence.')
  expect(document.title).toBe('Not uploaded · Sessions – Playhead')
})

test('one that is cut off again and again fails, until a person tries; not if a byte of it arrives', async () => {
  await open()
  choose('1.mp3')
  const cut = async (n: number, bytes: number) => {
    const one = await part(n)
    await one.sent(1)
    await one.cut(bytes)
    await comesBack()
  }
  for (const n of [1, 2, 3, 4]) await cut(n, 0)
  await cut(5, 1)
  for (const n of [6, 7, 8, 9, 10]) await cut(n, 0)
  expect(screen.queryByRole('alert')).toBeNull()
  await cut(11, 0)
  expect((await screen.findByRole('alert')).textContent).toMatch(/was cut off/)
  press(screen.getByRole('button', { name: 'Try 1.mp3 again' }))
  await cut(12, 0)
  expect(screen.queryByRole('alert')).toBeNull()
})

test('on every page it is seen what waits, what goes and what failed', async () => {
  await open('/account')
  network(false)
  tus.refuse = 'unreachable'
  fireEvent.drop(document.body, { dataTransfer: dropOf(file('1.mp3'), file('2.mp3')) })
  const link = () => screen.getByRole('link', { name: /^1\.mp3|^2\.mp3|not uploaded$/ })
  await waitFor(() => expect(link().textContent).toBe('1.mp3 and 1 more Waiting for the network '))
  await comesBack()
  await (await part(1)).take(42)
  const rest = await part(2)
  expect(link().textContent).toBe('1.mp3 and 1 more Uploading, 42% ')
  expect(document.title).toBe('Uploading 42% · Account – Playhead')
  await rest.answer(415, { status: 415, code: 'unsupported_media', detail: 'Not a recording.' })
  await part(3)
  expect(link().textContent).toBe('2.mp3  Uploading, 0% 1 file not uploaded')
  expect(screen.getAllByRole('status').map(({ textContent }) => textContent)).toContain('1 file not uploaded')
})

const unreachable = new ApiError(0, 'unreachable', '')
const ms = (tries: number, random: number) => pauseOf(unreachable, tries, true, random)?.ms

test('each wait is twice the one before, up to 30 s, and half of it is chance', () => {
  expect([0, 1, 2, 3, 4, 5, 99].map((tries) => ms(tries, 1))).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000])
  expect([0, 99].map((tries) => ms(tries, 0))).toEqual([500, 15_000])
})

test('at least what the server asks for, at most what a timer can wait', () => {
  const asked = (seconds: number, random: number) => pauseOf(new ApiError(503, 'busy', '', seconds), 9, true, random)
  expect(asked(12, 0)).toEqual({ why: 'busy', ms: 12_000, untilOnline: false })
  expect(asked(12, 1)?.ms).toBeCloseTo(13_200)
  expect(asked(1e9, 1)?.ms).toBeLessThan(2 ** 31)
})

test('only a failed connection, 429, 502 and 503 are waited for', () => {
  const why = (status: number, code: string) => pauseOf(new ApiError(status, code, ''), 0, false)?.why
  expect([why(0, 'unreachable'), why(0, 'cut'), why(429, 'too_many_uploads'), why(503, 'draining'), why(502, 'unknown')]).toEqual([
    'offline', 'offline', 'busy', 'away', 'away',
  ])
  expect([why(429, 'over_quota'), why(403, 'over_quota'), why(429, 'too_many_requests')]).toEqual(['quota', undefined, 'limit'])
  expect([why(0, 'refused_here'), why(0, 'unknown'), why(507, 'storage_full'), why(500, 'internal'), why(401, 'not_signed_in')]).toEqual(
    Array(5).fill(undefined),
  )
})

test('a wait that the server asked for outlasts the lack of a network', async () => {
  const stop = new AbortController()
  const over = vi.fn()
  const pause = pauseFor({ why: 'busy', ms: 60_000, untilOnline: false }, stop.signal).then(over)
  await comesBack()
  expect(over).not.toHaveBeenCalled()
  stop.abort()
  await pause
  expect(over).toHaveBeenCalledOnce()
})
