// @vitest-environment jsdom
import { act, cleanup, fireEvent, screen, waitFor } from '@testing-library/react'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { UploadsProvider } from '../src/api/uploads.tsx'
import { AudioUploader } from '../src/components/AudioUploader.tsx'
import { service, sessionOf, show } from './service.tsx'

/** Every upload that was begun; the test says what becomes of it. */
const sent: FakeUpload[] = []

class FakeUpload extends EventTarget {
  readonly upload = new EventTarget()
  status = 0
  responseText = ''
  form: FormData | undefined
  readonly open = () => {}
  readonly setRequestHeader = () => {}
  readonly abort = () => this.dispatchEvent(new Event('abort'))

  get filename(): string | undefined {
    const value = this.form?.get('file')
    return value instanceof File ? value.name : undefined
  }

  send(form: FormData) {
    this.form = form
    sent.push(this)
  }

  progress(loaded: number, total: number) {
    return act(async () => void this.upload.dispatchEvent(new ProgressEvent('progress', { loaded, total })))
  }

  answer(status: number, body: unknown) {
    this.status = status
    this.responseText = JSON.stringify(body)
    return act(async () => void this.dispatchEvent(new Event('load')))
  }
}

beforeEach(() => {
  sent.length = 0
  history.replaceState(null, '', '/')
  service({ signedIn: true })
  vi.stubGlobal('XMLHttpRequest', FakeUpload)
  show(
    <UploadsProvider>
      <AudioUploader />
    </UploadsProvider>,
  )
})
afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})

const file = (name: string) => new File(['a'], name)
const choose = (...names: readonly string[]) =>
  fireEvent.change(screen.getByLabelText('Choose a recording'), { target: { files: names.map(file) } })
const upload = async (n: number) => {
  await waitFor(() => expect(sent).toHaveLength(n))
  return sent.at(-1) ?? new FakeUpload()
}

test('files go one after another, each with how far it is', async () => {
  choose('one.mp3', 'two.mp3')
  const one = await upload(1)
  await one.progress(42, 100)
  expect(screen.getByText('Uploading, 42%')).toBeTruthy()
  expect(screen.getByText('Waiting for the one before')).toBeTruthy()
  await one.answer(201, sessionOf('s1', 'one.mp3'))
  await upload(2)
  expect(screen.queryByText('one.mp3')).toBeNull()
  expect(screen.getByText('Uploading, 0%')).toBeTruthy()
})

test('one brought by itself is watched as soon as it is there, several are not', async () => {
  choose('one.mp3', 'two.mp3')
  await (await upload(1)).answer(201, sessionOf('s1', 'one.mp3'))
  await (await upload(2)).answer(201, sessionOf('s2', 'two.mp3'))
  expect(location.pathname).toBe('/')
  choose('three.mp3')
  await (await upload(3)).answer(201, sessionOf('s3', 'three.mp3'))
  expect(location.pathname).toBe('/sessions/s3')
})

test('what failed says why, does not hold up the next, and can be sent again', async () => {
  choose('one.mp3', 'two.mp3')
  const detail = 'The disk for recordings is nearly full.'
  await (await upload(1)).answer(507, { status: 507, code: 'storage_full', detail })
  expect(screen.getByRole('alert').textContent).toMatch(detail)
  await (await upload(2)).answer(201, sessionOf('s2', 'two.mp3'))
  fireEvent.click(screen.getByRole('button', { name: 'Try again' }))
  const again = await upload(3)
  expect(again.filename).toBe('one.mp3')
  expect(screen.queryByRole('alert')).toBeNull()
  await again.answer(201, sessionOf('s1', 'one.mp3'))
  await waitFor(() => expect(screen.queryByText('one.mp3')).toBeNull())
})

test('what would be refused again is only put away', async () => {
  choose('notes.txt')
  await (await upload(1)).answer(415, { status: 415, code: 'unsupported_media', detail: 'Not a recording.' })
  expect(screen.queryByRole('button', { name: 'Try again' })).toBeNull()
  fireEvent.click(screen.getByRole('button', { name: 'Dismiss notes.txt' }))
  expect(screen.queryByRole('alert')).toBeNull()
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
  const dataTransfer = { types: ['Files'], files: [file('dropped.mp3')] }
  expect(fireEvent.dragOver(document.body, { dataTransfer })).toBe(false)
  expect(screen.getByText('Let go to add them')).toBeTruthy()
  fireEvent.drop(document.body, { dataTransfer })
  expect((await upload(1)).form?.get('language')).toBe('de')
})

test('text that is dragged over the page is left to the browser', () => {
  expect(fireEvent.dragOver(document.body, { dataTransfer: { types: ['text/plain'], files: [] } })).toBe(true)
  expect(screen.queryByText('Let go to add them')).toBeNull()
})

test('leaving the page while a file is on its way is asked about', async () => {
  choose('one.mp3')
  const one = await upload(1)
  expect(dispatchEvent(new Event('beforeunload', { cancelable: true }))).toBe(false)
  await one.answer(201, sessionOf('s1', 'one.mp3'))
  expect(dispatchEvent(new Event('beforeunload', { cancelable: true }))).toBe(true)
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
