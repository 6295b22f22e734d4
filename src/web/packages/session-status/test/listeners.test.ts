import { expect, test } from 'vitest'
import { type SessionStatusClient, createSessionStatusClient } from '../src/index.ts'
import { World, completed, statusOf } from '../src/testing/index.ts'
import { FRAME, follow } from './follow.ts'

function clientOf(world = new World()) {
  return { world, client: createSessionStatusClient({ env: world.env }) }
}

test.each<[string, (client: SessionStatusClient, listener: () => void) => () => void]>([
  ['a session', (client, listener) => client.subscribe('s1', {}, listener)],
  ['the connections', (client, listener) => client.subscribeConnection(listener)],
])('one listener can subscribe to %s twice and leave once', async (_name, subscribe) => {
  const { world, client } = clientOf()
  follow({}, world, 's1', client)
  let told = 0
  const listener = () => void (told += 1)
  const first = subscribe(client, listener)
  subscribe(client, listener)
  first()
  first()
  await world.advance(FRAME)
  const before = told
  world.stream.emit('status', completed())
  expect(told).toBe(before + 1)
})

test('a listener added twice keeps the connection until both left', async () => {
  const { world, client } = clientOf()
  const listener = () => {}
  const first = client.subscribe('s1', {}, listener)
  const second = client.subscribe('s1', {}, listener)
  first()
  first()
  await world.advance(2_000)
  expect(world.openStreams).toHaveLength(1)
  second()
  await world.advance(2_000)
  expect(world.pending).toBe(0)
})

test('a listener is never called before subscribe returned', async () => {
  const { world, client } = clientOf()
  let told = 0
  const stop = client.subscribe('s1', { initialStatus: completed() }, () => {
    told += 1
    stop()
  })
  expect(told).toBe(0)
  await world.advance(FRAME)
  await world.advance(2_000)
  expect(told).toBe(1)
  expect(world.pending).toBe(0)
})

test('a listener that throws is reported, and others are called', async () => {
  const { world, client } = clientOf()
  let told = 0
  const mistake = new Error('a mistake of theirs')
  let wrong = false
  const throwLater = () => {
    if (wrong) throw mistake
  }
  client.subscribe('s1', {}, throwLater)
  client.subscribe('s1', {}, () => void (told += 1))
  await world.advance(FRAME)
  const before = told
  wrong = true
  world.stream.emit('status', completed())
  expect(told).toBe(before + 1)
  await expect(world.advance(FRAME)).rejects.toBe(mistake)
})

test('a late subscriber gets the status of any transport', async () => {
  const { world, client } = clientOf()
  follow({}, world, 's1', client)
  world.stream.emit('status', statusOf({ version: 9 }))
  await world.advance(FRAME)
  expect(follow({ transport: 'poll' }, world, 's1', client).view.status?.version).toBe(9)
  expect(follow({}, world, '*', client).view.statuses.get('s1')?.version).toBe(9)
})

test('the initial status of a late subscriber is used', () => {
  const { world, client } = clientOf()
  const session = follow({}, world, 's1', client)
  client.subscribe('s1', { initialStatus: completed() }, () => {})
  expect(session.phase).toBe('done')
})
