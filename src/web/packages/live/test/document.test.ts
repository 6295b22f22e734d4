import { expect, test } from 'vitest'
import { integer, shape, text } from '../src/check.ts'
import { ALL_JOBS, type ClientOptions, type LiveDocument, createLiveClient } from '../src/index.ts'
import { World, jobOf } from '../src/testing/index.ts'
import { FRAME, follow } from './follow.ts'

/** A document of an app's own: another name of the id, and a date in place of text. */
interface Order extends LiveDocument {
  readonly number: string
  readonly due: Date
}

const parseWire = shape({ number: text, version: integer, attempt: integer, state: text, updated_at: text, due: text })
const parse = (payload: unknown): Order => {
  const wire = parseWire(payload)
  return { ...wire, due: new Date(wire.due) }
}
const orderOf = (changes: object = {}) => ({
  number: 'o/1',
  version: 1,
  attempt: 1,
  state: 'processing',
  updated_at: '2026-11-23T16:20:08Z',
  due: '2026-12-01',
  ...changes,
})

function orders(options: ClientOptions<Order, undefined> = {}) {
  const world = new World()
  const jobUrl = (id: string) => `https://api.test/orders/${encodeURIComponent(id)}`
  const client = createLiveClient({ jobUrl, parse, idOf: ({ number }) => number, env: world.env, ...options })
  return { world, client }
}

test('the addresses are those of the client', async () => {
  const { world, client } = orders({ listStreamUrl: '/a/stream', listUrl: '/a/orders' })
  client.subscribe('o/1', {}, () => {})
  expect(world.stream.url.href).toBe('https://api.test/orders/o%2F1/status/stream?patches=1')
  client.subscribe(ALL_JOBS, {}, () => {})
  expect(world.stream.url.pathname).toBe('/a/stream')
  for (const stream of world.streams) stream.respond(204)
  await world.advance(0)
  expect(world.requests.map(({ url }) => url.href)).toEqual(['https://api.test/orders/o%2F1/status', 'http://test/a/orders'])
})

test('a document of its own comes from events, patches and polls', async () => {
  const { world, client } = orders()
  client.subscribe('o/1', {}, () => {})
  const job = () => client.getSnapshot('o/1')?.job
  world.stream.emit('status', orderOf())
  await world.advance(FRAME)
  expect(job()).toEqual({ ...orderOf(), due: new Date('2026-12-01') })
  // It applies to the document as it was sent, not to what `parse` made of it.
  world.stream.emit('patch', { version: 2, due: '2026-12-02' })
  world.stream.emit('patch', { version: 3 })
  await world.advance(FRAME)
  expect(job()).toEqual({ ...orderOf({ version: 3 }), due: new Date('2026-12-02') })
  world.stream.drop()
  await world.advance(0)
  await world.request.respond(200, orderOf({ version: 4, state: 'completed' }))
  expect(job()).toMatchObject({ version: 4, due: new Date('2026-12-01') })
  expect(client.getSnapshot('o/1')?.connection.phase).toBe('done')
})

test('a document that `parse` refuses is not shown', async () => {
  const { world, client } = orders()
  client.subscribe('o/1', {}, () => {})
  world.stream.emit('status', jobOf())
  await world.advance(FRAME)
  expect(client.getSnapshot('o/1')).toMatchObject({ job: undefined, connection: { reason: 'bad_payload' } })
})

test('documents are shared by their own ids', async () => {
  const { world, client } = orders()
  client.subscribe(ALL_JOBS, {}, () => {})
  world.stream.emit('status', orderOf({ version: 5 }))
  await world.advance(FRAME)
  client.subscribe('o/1', {}, () => {})
  expect(client.getSnapshot('o/1')?.job?.version).toBe(5)
  client.accept(parse(orderOf({ version: 6 })))
  await world.advance(FRAME)
  expect(client.getSnapshot(ALL_JOBS)?.jobs.get('o/1')?.version).toBe(6)
})

test('data and stages are those of the caller', async () => {
  const followed = follow()
  followed.world.stream.emit('status', jobOf({ stage: 'counting sheep', data: { sheep: { white: 3 } } }))
  await followed.world.advance(FRAME)
  followed.world.stream.emit('patch', { version: 1_000_002, data: { sheep: { black: 1 } } })
  await followed.world.advance(FRAME)
  expect(followed.view.job).toMatchObject({ stage: 'counting sheep', data: { sheep: { white: 3, black: 1 } } })
})
