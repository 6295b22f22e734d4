import { act, fireEvent, screen, waitFor, within } from '@testing-library/react'
import { beforeEach, expect, test } from 'vitest'
import { App } from '../src/App.tsx'
import { SessionList } from '../src/components/SessionList.tsx'
import { SessionPage } from '../src/pages/SessionPage.tsx'
import { layOut, press } from './page.ts'
import { service, sessionOf, show } from './service.tsx'
import { statusOf } from './status.ts'

const CANCELED = { version: 1_000_099, state: 'canceled', stage: 'canceled' } as const
const QUEUED = { version: 1_000_100, state: 'queued', stage: 'queued', progress: null } as const
const DONE = { version: 1_000_099, state: 'completed', stage: 'completed', progress: 1 } as const
const BUSY = [503, { status: 503, code: 'busy', detail: 'The service is busy.' }] as const

beforeEach(() => {
  layOut()
  history.replaceState(null, '', '/sessions/s1')
})

const button = (name: string) => screen.getByRole('button', { name })
/** An action of the session's page that is in a menu. */
const choose = (name: string) => {
  press(button('More actions'))
  press(button(name))
}
const confirm = (name: string) => press(within(screen.getByRole('dialog')).getByRole('button', { name }))

function serve(status: Parameters<typeof statusOf>[0] = {}) {
  return service({ signedIn: true, sessions: [sessionOf('s1', 'talk.mp3', status)] })
}

/** The page of a session, or the list with it, and a way to tell it what somebody else has done. */
async function open(children: React.ReactNode, name: string) {
  const { world } = show(children)
  await screen.findByText(name)
  return (status: Parameters<typeof statusOf>[0]) =>
    act(async () => {
      world.stream.emit('status', statusOf(status))
      await world.advance(20)
    })
}

test('a cancellation is forgotten with what it ended, also where it is tried again elsewhere', async () => {
  const server = serve()
  const tell = await open(<SessionPage id="s1" />, 'talk.mp3')
  press(button('Cancel'))
  confirm('Cancel it')
  await screen.findByRole('button', { name: 'Canceling…' })
  server.sessions = [sessionOf('s1', 'talk.mp3', QUEUED)]
  await tell(CANCELED)
  expect((await screen.findByRole('button', { name: 'Cancel' })).getAttribute('aria-disabled')).toBeNull()
})

test('nor does it outlive the attempt, where nothing was heard of the end', async () => {
  serve()
  const tell = await open(<SessionPage id="s1" />, 'talk.mp3')
  press(button('Cancel'))
  confirm('Cancel it')
  await screen.findByRole('button', { name: 'Canceling…' })
  await tell({ version: 2_000_001, attempt: 2 })
  expect(button('Cancel').getAttribute('aria-disabled')).toBeNull()
})

test('an error goes when something else is asked, and does not stand beside what went well', async () => {
  const server = serve(CANCELED)
  await open(<SessionPage id="s1" />, 'talk.mp3')
  server.refuse = BUSY
  press(button('Try again'))
  expect((await screen.findByRole('alert')).textContent).toBe('The service is busy.')
  server.refuse = undefined
  choose('Delete')
  press(within(screen.getByRole('dialog')).getByRole('button', { name: 'Go back' }))
  expect(screen.getByRole('alert')).toBeTruthy()
  server.sessions = [sessionOf('s1', 'talk.mp3', QUEUED)]
  press(button('Try again'))
  await waitFor(() => expect(screen.queryByRole('alert')).toBeNull())
  expect(await screen.findByRole('button', { name: 'Cancel' })).toBeTruthy()
})

test('in the list as well, an error is of the last thing that was asked', async () => {
  const server = serve(CANCELED)
  const tell = await open(<SessionList />, 'talk.mp3')
  server.refuse = BUSY
  press(button('Try talk.mp3 again'))
  await screen.findByText('The service is busy.')
  server.refuse = undefined
  await tell(QUEUED)
  expect(screen.queryByRole('alert')).toBeNull()
})

test.each([
  ['its page', () => <SessionPage id="s1" />, 'Cancel', 'Try again'],
  ['the list', () => <SessionList />, 'Cancel talk.mp3', 'Try talk.mp3 again'],
])('on %s, the keyboard goes from a button to the one that takes its place', async (_, Page, cancel, retry) => {
  const server = serve()
  const tell = await open(<Page />, 'talk.mp3')
  press(button(cancel))
  confirm('Cancel it')
  server.sessions = [sessionOf('s1', 'talk.mp3', CANCELED)]
  await tell(CANCELED)
  expect(document.activeElement).toBe(button(retry))
  server.sessions = [sessionOf('s1', 'talk.mp3', QUEUED)]
  press(button(retry))
  await waitFor(() => expect(document.activeElement).toBe(button(cancel)))
})

test('what ends is not asked about any more, and the keyboard goes on beside it', async () => {
  serve()
  const tell = await open(<SessionPage id="s1" />, 'talk.mp3')
  press(button('Cancel'))
  // The page is rendered while it asks.
  await tell({ version: 1_000_050, progress: 0.6 })
  await tell(CANCELED)
  expect(screen.queryByRole('dialog')).toBeNull()
  expect(document.activeElement).toBe(button('Try again'))
})

test('the keyboard is never led to what is final', async () => {
  serve()
  const tell = await open(<SessionList />, 'talk.mp3')
  button('Cancel talk.mp3').focus()
  await tell(DONE)
  expect(document.activeElement).toBe(screen.getByRole('link', { name: 'talk.mp3' }))
})

test('who has moved on is not called back', async () => {
  serve()
  const tell = await open(<SessionList />, 'talk.mp3')
  press(button('Cancel talk.mp3'))
  confirm('Cancel it')
  screen.getByRole('link', { name: 'talk.mp3' }).focus()
  await tell(CANCELED)
  expect(document.activeElement).toBe(screen.getByRole('link', { name: 'talk.mp3' }))
})

test('a session that was deleted elsewhere is gone from its page, and from the list', async () => {
  const server = serve(DONE)
  history.replaceState(null, '', '/')
  const { client } = show(<App />)
  fireEvent.click(await screen.findByRole('link', { name: 'talk.mp3' }))
  await screen.findByRole('heading', { name: 'talk.mp3' })
  server.sessions = []
  button('More actions').focus()
  await act(() => client.refetchQueries({ queryKey: ['session', 's1'] }))
  expect(await screen.findByText('There is no such session')).toBeTruthy()
  expect(document.activeElement).toBe(screen.getByRole('main'))
  server.down = true
  fireEvent.click(screen.getByRole('link', { name: 'Go to your sessions' }))
  await screen.findByRole('heading', { name: 'Your sessions' })
  expect(screen.queryByText('talk.mp3')).toBeNull()
})

test('a deletion is heard of on the page that it leads to, and so is one of the same name', async () => {
  serve(DONE).sessions.push(sessionOf('s2', 'talk.mp3', DONE))
  show(<App />)
  await screen.findByRole('button', { name: 'More actions' })
  choose('Delete')
  confirm('Delete it')
  await screen.findByRole('heading', { name: 'Your sessions' })
  const first = await screen.findByText('talk.mp3 deleted')
  expect(first.closest('[role=status]')).not.toBeNull()
  press(await screen.findByRole('button', { name: 'Delete talk.mp3' }))
  confirm('Delete it')
  await waitFor(() => expect(first.isConnected).toBe(false))
  expect(screen.getByText('talk.mp3 deleted').closest('[role=status]')).not.toBeNull()
})

test('one that is deleted while it goes on says so when the stream finds nothing there', async () => {
  const server = serve()
  const { world } = show(<SessionPage id="s1" />)
  await screen.findByRole('heading', { name: 'talk.mp3' })
  server.sessions = []
  await act(async () => {
    world.stream.drop()
    await world.advance(20)
    await world.request.respond(404, {})
    await world.advance(20)
  })
  expect(await screen.findByText('There is no such session')).toBeTruthy()
})
