import { act, fireEvent, screen, waitFor, within } from '@testing-library/react'
import { beforeEach, expect, test, vi } from 'vitest'
// Read before it is asked for: a page that is watched for seconds has it long before the end.
import '../src/components/FeedbackQuestion.tsx'
import { SessionPage } from '../src/pages/SessionPage.tsx'
import { layOut, press } from './page.ts'
import { ADA, service, sessionOf, show } from './service.tsx'
import { statusOf } from './status.ts'

const DONE = { version: 1_000_099, state: 'completed', stage: 'completed', progress: 1 } as const
const QUESTION = 'Did this page keep you up to date?'
const FRAME = 20

/** The elements that wait to be seen, with what tells them. */
let unseen: Map<Element, () => void>

beforeEach(() => {
  layOut()
  history.replaceState(null, '', '/sessions/s1')
  unseen = new Map()
  class Observer {
    constructor(private readonly run: (entries: readonly { readonly isIntersecting: boolean }[]) => void) {}
    observe = (element: Element) => unseen.set(element, () => this.run([{ isIntersecting: true }]))
    disconnect = () => unseen.clear()
  }
  vi.stubGlobal('IntersectionObserver', Observer)
})

async function open({ status = {}, mayAsk = true }: { status?: Parameters<typeof statusOf>[0]; mayAsk?: boolean } = {}) {
  const server = service({ me: ADA, signedIn: true, sessions: [sessionOf('s1', 'talk.mp3', status)] })
  server.mayAsk = mayAsk
  const { world } = show(<SessionPage id="s1" />)
  await screen.findByRole('heading', { name: 'talk.mp3' })
  const tell = (name: string, data: unknown) =>
    act(async () => {
      world.stream.emit(name, data)
      await world.advance(FRAME)
    })
  const watch = (ms: number) => act(() => world.advance(ms))
  const end = (fields: Parameters<typeof statusOf>[0] = {}) => tell('status', statusOf({ ...DONE, ...fields }))
  const asked = () => server.asked.filter(({ path, method }) => path === '/feedback' && method === 'GET').length
  const sent = () => server.asked.filter(({ path, method }) => path === '/feedback' && method === 'POST').map(({ body }) => body)
  return { server, world, tell, watch, end, asked, sent }
}

async function watched() {
  const page = await open()
  await page.tell('status', statusOf({ version: 1_000_002 }))
  await page.watch(6_000)
  await page.tell('heartbeat', {})
  await page.end()
  return { ...page, form: within((await screen.findByRole('group', { name: QUESTION })).closest('form') as HTMLElement) }
}

test('who watched it until its end is asked, and answers', async () => {
  const { sent, form } = await watched()
  expect(form.getAllByRole('radio').map((radio) => radio.closest('label')?.textContent)).toEqual(['Not at all', 'A little', 'Partly', 'Mostly', 'Fully'])
  expect(form.queryByRole('button', { name: 'Send' })).toBeNull()
  press(form.getByRole('radio', { name: 'Mostly' }))
  fireEvent.change(form.getByLabelText('Anything to add? (optional)'), { target: { value: 'It was quick.' } })
  press(form.getByRole('button', { name: 'Send' }))
  expect((await screen.findByText('Thank you for your answer.')).closest('[role=status]')).not.toBeNull()
  expect(sent()).toEqual([{ rating: 4, comment: 'It was quick.', mode: 'stream' }])
  expect(screen.queryByRole('group', { name: QUESTION })).toBeNull()
})

test('it counts as asked once it is seen, and not before', async () => {
  const { sent } = await watched()
  expect(sent()).toEqual([])
  for (const tell of unseen.values()) act(tell)
  expect(sent()).toEqual([{ rating: null, mode: 'stream' }])
  expect(unseen.size).toBe(0)
})

test('who does not want to answer sees no more of it, and the keyboard goes on in the player', async () => {
  const { sent } = await watched()
  press(screen.getByRole('button', { name: 'Not now' }))
  expect(screen.queryByRole('group', { name: QUESTION })).toBeNull()
  expect(document.activeElement?.closest('section')?.getAttribute('aria-labelledby')).toBe('transcript')
  expect(sent()).toEqual([])
})

test('an answer that cannot be sent stays, with the reason, and is sent again', async () => {
  const { server, sent, form } = await watched()
  press(form.getByRole('radio', { name: 'Partly' }))
  fireEvent.change(form.getByLabelText(/Anything/), { target: { value: 'mine' } })
  server.refuse = [503, { status: 503, code: 'database_gone', detail: 'The database cannot be reached: try again.' }]
  press(form.getByRole('button', { name: 'Send' }))
  expect((await form.findByRole('alert')).textContent).toBe('The database cannot be reached: try again.')
  expect(form.getByLabelText<HTMLTextAreaElement>(/Anything/).value).toBe('mine')
  server.refuse = undefined
  press(form.getByRole('button', { name: 'Send' }))
  await screen.findByText('Thank you for your answer.')
  expect(sent()).toEqual([1, 2].map(() => ({ rating: 3, comment: 'mine', mode: 'stream' })))
})

test('an answer from another tab ends it', async () => {
  const { server, form } = await watched()
  press(form.getByRole('radio', { name: 'Fully' }))
  server.refuse = [409, { status: 409, code: 'already_answered', detail: 'You have answered already.' }]
  press(form.getByRole('button', { name: 'Send' }))
  expect((await screen.findByText('You have answered already.')).closest('[role=status]')).not.toBeNull()
  expect(screen.queryByRole('alert')).toBeNull()
})

test('the keys of the player are letters in the comment', async () => {
  const { form } = await watched()
  press(form.getByRole('radio', { name: 'Fully' }))
  const comment = form.getByLabelText(/Anything/)
  expect(fireEvent.keyDown(comment, { key: ' ' })).toBe(true)
  expect(fireEvent.keyDown(comment, { key: 'ArrowLeft' })).toBe(true)
  expect(fireEvent.keyDown(form.getByRole('radio', { name: 'Fully' }), { key: 'ArrowLeft' })).toBe(true)
})

test('who is not to be asked is not', async () => {
  const { tell, watch, end, asked } = await open({ mayAsk: false })
  await tell('status', statusOf({ version: 1_000_002 }))
  await watch(6_000)
  await tell('heartbeat', {})
  await end()
  await waitFor(() => expect(asked()).toBe(1))
  expect(screen.queryByRole('group', { name: QUESTION })).toBeNull()
})

test.each([
  ['who looked at it for a moment', { ms: 2_000 }],
  ['who canceled it', { fields: { state: 'canceled', stage: 'canceled' } as const }],
])('%s is not asked', async (_, { ms = 6_000, fields = {} }: { ms?: number; fields?: Parameters<typeof statusOf>[0] }) => {
  const { tell, watch, end, asked } = await open()
  await tell('status', statusOf({ version: 1_000_002 }))
  await watch(ms)
  await tell('heartbeat', {})
  await end(fields)
  await watch(1_000)
  expect(asked()).toBe(0)
})

test('who comes when it is over is not asked', async () => {
  const { watch, asked } = await open({ status: DONE })
  await watch(10_000)
  expect(asked()).toBe(0)
})
