import { type ServerResponse, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { type Env, browserEnv, withHeaders } from '@playhead/live'
import { EventSource } from 'eventsource'
import { expect, test } from 'vitest'
import { createSessionStatusClient } from '../src/index.ts'
import { completed, segment, statusOf } from '../src/testing/index.ts'

/** The deadline, long enough for a busy machine. */
const DEADLINE_MS = 10_000

async function until(holds: () => boolean) {
  const end = performance.now() + DEADLINE_MS
  while (!holds() && performance.now() < end) await setImmediate()
  expect(holds()).toBe(true)
}

/** Node as an environment. The random numbers make every wait as short as it can be. */
const env: Env = {
  ...browserEnv(),
  openEvents: (url) => new EventSource(url),
  nextFrame: (run) => browserEnv().after(16, run),
  random: () => 0,
  presence: () => 'shown',
  isOnline: () => true,
  onChange: () => () => {},
  protocol: () => undefined,
}

const event = (name: string, data: unknown) => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`

const TOKEN = { Authorization: 'Bearer t1' }

test.each([
  ['by EventSource', env, undefined],
  ['by fetch with headers', withHeaders(env, TOKEN), TOKEN.Authorization],
])('over a real network a session is followed through a cut, %s', async (_, from, token) => {
  const streams: { readonly query: URLSearchParams; readonly response: ServerResponse }[] = []
  let now = statusOf({ version: 1 })
  const tokens = new Set<string | undefined>()
  const server = createServer(({ url, headers }, response) => {
    tokens.add(headers.authorization)
    const { pathname, searchParams: query } = new URL(url ?? '', 'http://server')
    if (pathname.endsWith('/stream')) {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' })
      response.write(event('hello', { heartbeat_s: 15 }) + event('status', now))
      streams.push({ query, response })
    } else if (pathname.endsWith('/transcript')) {
      response.end(JSON.stringify({ segments: [0, 1].map(segment).slice(Number(query.get('from'))) }))
    } else {
      response.setHeader('Playhead-Transport', 'stream; reason=flag_on').end(JSON.stringify(now))
    }
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const client = createSessionStatusClient({ baseUrl, env: from })
  const view = () => client.getSnapshot('s1')
  const stop = client.subscribe('s1', {}, () => {})
  try {
    await until(() => view()?.connection.phase === 'live')
    streams[0]?.response.write(event('segments', { from: 0, segments: [segment(0)] }))
    await until(() => view()?.segments.length === 1)

    now = statusOf({ version: 2 })
    streams[0]?.response.destroy()
    await until(() => view()?.status?.version === 2 && view()?.connection.phase === 'live')
    expect(streams).toHaveLength(2)
    expect(streams[1]?.query.get('from')).toBe('1')

    streams[1]?.response.write(event('status', completed({ segments: 2 })))
    await until(() => view()?.segments.length === 2)
    expect(view()?.connection.phase).toBe('done')
    expect(streams).toHaveLength(2)
    expect([...tokens]).toEqual([token])
  } finally {
    stop()
    server.closeAllConnections()
    await new Promise((resolve) => void server.close(resolve))
  }
})
