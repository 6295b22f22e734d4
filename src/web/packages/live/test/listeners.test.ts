import { expect, test } from 'vitest'
import { type LiveClient, createLiveClient } from '../src/index.ts'
import { World, completedJob, jobOf } from '../src/testing/index.ts'
import { FRAME, follow } from './follow.ts'

function clientOf(world = new World()) {
  return { world, client: createLiveClient({ env: world.env }) }
}

test.each<[string, (client: LiveClient, listener: () => void) => () => void]>([
  ['a job', (client, listener) => client.subscribe('j1', {}, listener)],
  ['the connections', (client, listener) => client.subscribeConnection(listener)],
])('one listener can subscribe to %s twice and leave once', async (_name, subscribe) => {
  const { world, client } = clientOf()
  follow({}, world, 'j1', client)
  let told = 0
  const listener = () => void (told += 1)
  const first = subscribe(client, listener)
  subscribe(client, listener)
  first()
  first()
  await world.advance(FRAME)
  const before = told
  world.stream.emit('status', completedJob())
  expect(told).toBe(before + 1)
})

test('a listener added twice keeps the connection until both left', async () => {
  const { world, client } = clientOf()
  const listener = () => {}
  const first = client.subscribe('j1', {}, listener)
  const second = client.subscribe('j1', {}, listener)
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
  const stop = client.subscribe('j1', { initialJob: completedJob() }, () => {
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
  client.subscribe('j1', {}, throwLater)
  client.subscribe('j1', {}, () => void (told += 1))
  await world.advance(FRAME)
  const before = told
  wrong = true
  world.stream.emit('status', completedJob())
  expect(told).toBe(before + 1)
  await expect(world.advance(FRAME)).rejects.toBe(mistake)
})

test('a late subscriber gets the status of any transport', async () => {
  const { world, client } = clientOf()
  follow({}, world, 'j1', client)
  world.stream.emit('status', jobOf({ version: 9 }))
  await world.advance(FRAME)
  expect(follow({ transport: 'poll' }, world, 'j1', client).view.job?.version).toBe(9)
  expect(follow({}, world, '*', client).view.jobs.get('j1')?.version).toBe(9)
})

test('the initial status of a late subscriber is used', () => {
  const { world, client } = clientOf()
  const followed = follow({}, world, 'j1', client)
  client.subscribe('j1', { initialJob: completedJob() }, () => {})
  expect(followed.phase).toBe('done')
})
