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
])('one listener may hear of %s twice, and one of the two may leave', async (_name, subscribe) => {
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

test('the same listener twice holds the connection until both are gone', async () => {
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

test('a listener is never called before it has been given the way out', async () => {
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

test('a listener that throws is reported, and the others hear all the same', async () => {
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

test('who comes later knows what others know, by whatever transport', async () => {
  const { world, client } = clientOf()
  follow({}, world, 's1', client)
  world.stream.emit('status', statusOf({ version: 9 }))
  await world.advance(FRAME)
  expect(follow({ transport: 'poll' }, world, 's1', client).view.status?.version).toBe(9)
  expect(follow({}, world, '*', client).view.statuses.get('s1')?.version).toBe(9)
})

test('a status that is known to who comes later is taken over', () => {
  const { world, client } = clientOf()
  const session = follow({}, world, 's1', client)
  client.subscribe('s1', { initialStatus: completed() }, () => {})
  expect(session.phase).toBe('done')
})
