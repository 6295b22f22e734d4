import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { EventSource } from 'eventsource'
import { expect, test } from 'vitest'
import { type Answer, FakeEventSource, SCENARIOS, type Scenario, ScriptedClock, settle } from '../src/testing/index.ts'

/** Long enough for a busy machine; a behaviour that is missing fails by it. */
const DEADLINE_MS = 5_000

const NAMES = ['open', 'error', 'message', 'a', 'b'] as const

interface Source {
  readonly readyState: number
  addEventListener(name: string, listener: (event: { data?: unknown }) => void): void
}

function listen(source: Source): string[] {
  const heard: string[] = []
  for (const name of NAMES) {
    source.addEventListener(name, ({ data }) => {
      if (name === 'open') heard.push(name)
      else heard.push(name === 'error' ? `error ${source.readyState}` : `${name}:${String(data)}`)
    })
  }
  return heard
}

const answerOf = ({ answers }: Scenario, request: number): Answer => {
  const answer = answers[Math.min(request, answers.length) - 1]
  if (answer === undefined) throw new Error('a scenario needs an answer')
  return answer
}

test.each(SCENARIOS)('the fake: $name', async (scenario) => {
  const clock = new ScriptedClock()
  const source = new FakeEventSource(new URL('http://test'), clock)
  const heard = listen(source)
  const lastEventIds: string[] = []
  while (lastEventIds.length < source.requests) {
    lastEventIds.push(source.lastEventId)
    const { headers = true, status, contentType, body = [], last } = answerOf(scenario, source.requests)
    if (headers) source.respond(status, contentType)
    for (const text of body) source.send(text)
    if (last !== 'hold') source.drop()
    await clock.advance(60_000)
  }
  expect(heard).toEqual(scenario.heard)
  expect(source.readyState).toBe(scenario.readyState)
  expect(lastEventIds).toEqual(scenario.lastEventIds)
  source.close()
  source.emit('a')
  expect(heard).toEqual(scenario.heard)
  expect(clock.pending).toBe(0)
})

test.each(SCENARIOS)('the eventsource package on a real server: $name', async (scenario) => {
  const lastEventIds: string[] = []
  await withServer(
    (request, response) => {
      lastEventIds.push(String(request.headers['last-event-id'] ?? ''))
      return send(response, answerOf(scenario, lastEventIds.length))
    },
    async (url) => {
      const source = new EventSource(url)
      const heard = listen(source)
      await until(() => lastEventIds.length === scenario.lastEventIds.length && heard.length >= scenario.heard.length)
      // Further events would be on their way by now.
      await settle()
      expect(heard).toEqual(scenario.heard)
      expect(source.readyState).toBe(scenario.readyState)
      expect(lastEventIds).toEqual(scenario.lastEventIds)
      source.close()
    },
  )
})

type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>

async function withServer(handle: Handler, run: (url: string) => Promise<void>) {
  const server = createServer((request, response) => void handle(request, response))
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  try {
    await run(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  } finally {
    server.closeAllConnections()
    await new Promise((resolve) => void server.close(resolve))
  }
}

async function send(response: ServerResponse, { headers = true, status = 200, contentType, body = [], last }: Answer) {
  if (headers) response.writeHead(status, { 'Content-Type': contentType ?? 'text/event-stream' }).flushHeaders()
  for (const text of body) await new Promise<void>((resolve) => void response.write(text, () => resolve()))
  if (last === 'end') response.end()
  if (last === 'cut') response.destroy()
}

async function until(holds: () => boolean) {
  const end = performance.now() + DEADLINE_MS
  while (!holds() && performance.now() < end) await settle()
}
