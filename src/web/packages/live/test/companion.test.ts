import { expect, test } from 'vitest'
import { type Companion, type CompanionState, type LiveClient, createLiveClient } from '../src/index.ts'
import { World, completedJob, jobOf } from '../src/testing/index.ts'
import { FRAME } from './follow.ts'

type Lines = CompanionState & { readonly lines: readonly string[] }

/** A log whose lines come by events, and after the job's end by a request that is repeated until it succeeds. */
const log: Companion<Lines, readonly string[], string, string | undefined> = {
  initial: (wanted) => ({ kind: 'idle', wanted, lines: [] }),
  view: ({ lines }) => lines,
  events: {
    line: (payload) => {
      if (typeof payload !== 'string') throw new TypeError('not a line')
      return payload
    },
  },
  query: ({ lines }) => ({ lines: String(lines.length) }),
  reduce(own, { before, after, input }, { now }) {
    const state = input.type === 'want_companion' ? { ...own, wanted: true } : own
    const add = (line: string): Lines => ({ ...state, kind: 'idle', lines: [...state.lines, line] })
    if (after.life === 'idle') return { ...state, kind: 'idle' }
    if (input.type === 'stream_event' && input.event.name === 'companion') return add(String(input.event.event))
    if (input.type === 'companion_due') return { ...state, kind: 'reading', path: '/log' }
    if (input.type === 'companion_answered') {
      return typeof input.answer === 'string' ? add(input.answer) : { ...state, kind: 'waiting', until: now + 1_000 }
    }
    return after.life === 'done' && before.life !== 'done' ? { ...state, kind: 'reading', path: '/log' } : state
  },
  read: async (response) => {
    if (!response.ok) return undefined
    return String(await response.json())
  },
  lost: undefined,
}

function logged(wanted = true) {
  const world = new World()
  const client: LiveClient<ReturnType<typeof jobOf>, readonly string[]> = createLiveClient({ env: world.env, companion: log })
  const stop = client.subscribe('j1', { companion: wanted }, () => {})
  return { world, client, stop, lines: () => client.getSnapshot('j1')?.companion }
}

test('a companion gets its events, and adds to the query of the next stream', async () => {
  const { world, lines } = logged()
  expect(world.stream.url.searchParams.get('lines')).toBe('0')
  world.stream.emit('line', '"one"')
  await world.advance(FRAME)
  expect(lines()).toEqual(['one'])
  world.stream.drop()
  await world.advance(1_000)
  expect(world.stream.url.searchParams.get('lines')).toBe('1')
})

test('its event of the wrong shape ends the stream', async () => {
  const { world, client } = logged()
  world.stream.emit('line', 7)
  await world.advance(FRAME)
  expect(client.getConnection('j1').reason).toBe('bad_payload')
})

test('it reads below the job, waits, and reads again', async () => {
  const { world, lines } = logged()
  world.stream.emit('status', completedJob())
  expect(world.request.url.pathname).toBe('/jobs/j1/log')
  await world.request.fail()
  await world.advance(990)
  expect(world.requests).toHaveLength(1)
  await world.advance(10)
  await world.request.respond(200, 'end')
  await world.advance(FRAME)
  expect(lines()).toEqual(['end'])
  expect(world.openRequests).toHaveLength(0)
})

test('a subscriber that wants it opens another stream, once', () => {
  const { world, client } = logged(false)
  expect(world.stream.url.searchParams.has('lines')).toBe(false)
  client.subscribe('j1', {}, () => {})
  client.subscribe('j1', {}, () => {})
  expect(world.streams.map(({ closed, url }) => [closed, url.searchParams.has('lines')])).toEqual([
    [true, false],
    [false, true],
  ])
})

test('after the last subscriber its request and its wait are ended', async () => {
  const { world, stop } = logged()
  world.stream.emit('status', jobOf())
  world.stream.emit('status', completedJob())
  await world.request.respond(500)
  stop()
  await world.advance(2_000)
  expect(world.pending).toBe(0)
})

test('the list has no companion', () => {
  const { world, client } = logged()
  client.subscribe('*', {}, () => {})
  expect(world.stream.url.searchParams.has('lines')).toBe(false)
  expect(client.getSnapshot('*')?.companion).toBeUndefined()
})
