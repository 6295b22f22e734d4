import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test, vi } from 'vitest'
import { fetchEvents } from '../src/fetch.ts'

/** Long enough for a busy machine; a behaviour that is missing fails by it. */
const DEADLINE = { timeout: 5_000 }

/** Reads from a server that handles each request so, until `run` is done. */
async function reading(handle: (response: ServerResponse) => void, run: (read: ReturnType<typeof start>, seen: Seen) => Promise<void>) {
  const seen: Seen = { headers: {}, closed: 0 }
  const server = createServer((request, response) => {
    seen.headers = request.headers
    response.on('close', () => (seen.closed += 1))
    handle(response)
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  try {
    await run(start(`http://127.0.0.1:${(server.address() as AddressInfo).port}`), seen)
  } finally {
    server.closeAllConnections()
    await new Promise((resolve) => void server.close(resolve))
  }
}

interface Seen {
  headers: IncomingHttpHeaders
  /** The responses that ended. */
  closed: number
}

function start(url: string) {
  const controller = new AbortController()
  const events: string[] = []
  const onEvent = (name: string, { data, lastEventId }: { data?: unknown; lastEventId?: string }) =>
    void events.push(`${name}:${String(data)} #${lastEventId}`)
  const end = fetchEvents((to, init) => fetch(to, init), url, { lastEventId: 41, signal: controller.signal, onEvent })
  return { end, events, abort: () => controller.abort() }
}

const OK = { 'Content-Type': 'text/event-stream; charset=utf-8' }

test('asks for an event stream with the last id, and reads it to its end', async () => {
  await reading(
    (response) => response.writeHead(200, OK).end('\uFEFFid: 42\nevent: a\ndata: ä\n\ndata: half'),
    async ({ end, events }, seen) => {
      expect(await end).toBeUndefined()
      expect(events).toEqual(['a:ä #42'])
      expect(seen.headers).toMatchObject({ accept: 'text/event-stream', 'last-event-id': '41' })
    },
  )
})

test('a character may be cut in two', async () => {
  const bytes = Buffer.from('data: 1\n\ndata: €\n\n')
  let sendRest = () => {}
  await reading(
    (response) => {
      response.writeHead(200, OK).write(bytes.subarray(0, -3))
      sendRest = () => void response.end(bytes.subarray(-3))
    },
    async ({ end, events }) => {
      await vi.waitUntil(() => events.length > 0, DEADLINE)
      sendRest()
      await end
      expect(events).toEqual(['message:1 #', 'message:€ #'])
    },
  )
})

test('each event comes as soon as it is complete, until the signal', async () => {
  await reading(
    (response) => void response.writeHead(200, OK).write('data: 1\n\n'),
    async ({ end, events, abort }, seen) => {
      await vi.waitUntil(() => events.length > 0, DEADLINE)
      abort()
      expect(await end).toBeUndefined()
      await vi.waitUntil(() => seen.closed > 0, DEADLINE)
    },
  )
})

test.each([
  ['a connection that is cut', (response: ServerResponse) => void response.writeHead(200, OK).write('data: 1\n\n', () => response.destroy())],
  ['a server that does not answer', (response: ServerResponse) => void response.destroy()],
])('%s has no response', async (_, handle) => {
  await reading(handle, async ({ end }) => expect(await end).toBeUndefined())
})

test.each([
  [204, 'text/event-stream'],
  [401, 'application/problem+json'],
  [503, 'text/event-stream'],
  [200, 'text/html'],
  [200, 'text/event-streams'],
])('%i %s is returned, because it is no stream', async (status, type) => {
  await reading(
    (response) => response.writeHead(status, { 'Content-Type': type }).end(),
    async ({ end, events }) => {
      expect((await end)?.status).toBe(status)
      expect(events).toEqual([])
    },
  )
})
