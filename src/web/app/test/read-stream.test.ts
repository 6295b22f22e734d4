import { expect, test, vi } from 'vitest'
import type { Variant } from '../src/api/doctor.ts'
import { readStream } from '../src/lib/readStream.ts'
import { bytes, GOODBYE, probe, STREAM } from './doctor.ts'

const PATIENCE = { pieceMs: 60, endMs: 20, mostMs: 4_000 }

/** A response that brings these pieces, and then stays open. */
function open(...pieces: readonly string[]) {
  return new Response(new ReadableStream({ start: (to) => pieces.forEach((piece) => to.enqueue(bytes(piece))) }), { headers: STREAM })
}

function read(answer: () => Promise<Response>, { signal = new AbortController().signal, patience = PATIENCE, variant = 'page' as Variant } = {}) {
  const left = vi.fn()
  const sent = vi.fn()
  vi.stubGlobal('fetch', async (_: string, init: RequestInit) => {
    init.signal?.addEventListener('abort', left)
    sent(init.headers)
    const response = await answer()
    // As a browser does: what is left fails.
    const broken = new Promise<never>((_resolve, reject) => init.signal?.addEventListener('abort', () => reject(new Error('aborted'))))
    broken.catch(() => {})
    const reader = response.body?.getReader()
    const body = reader && { getReader: () => ({ read: () => Promise.race([reader.read(), broken]) }) }
    return { status: response.status, type: response.type, headers: response.headers, body } as unknown as Response
  })
  const onPiece = vi.fn()
  return { stream: readStream('short', { variant, signal, httpVersion: '2', onPiece, patience }), onPiece, left, sent }
}

test.each([
  ['a stream that tells its end is whole', () => new Response(probe(1, 0) + GOODBYE, { headers: STREAM }), 'whole'],
  ['one that does not is cut', () => new Response(probe(1, 0), { headers: STREAM }), 'cut'],
  ['one that tells its end and stays open is open', () => open(probe(1, 0), GOODBYE), 'open'],
  ['one of which nothing more comes is silent', () => open(probe(1, 0)), 'silent'],
  ['one of which nothing comes is silent', () => open(), 'silent'],
  ['a page in its place is whole', () => new Response('<p>Sign in', { headers: { 'Content-Type': 'text/html' } }), 'whole'],
  ['what has more than ours is left', () => open('x'.repeat(70_000)), 'left'],
] as const)('%s', async (_, answer, end) => {
  const { stream, left } = read(async () => answer())
  expect((await stream).end).toBe(end)
  expect(left).toHaveBeenCalledOnce()
})

test('without a response a stream is silent or cut, and has no status', async () => {
  // As a browser does, the request fails once it is left.
  const never = () => new Promise<Response>((_resolve, reject) => setTimeout(reject, PATIENCE.pieceMs + 20))
  expect(await read(never).stream).toMatchObject({ end: 'silent', status: 0, head_ms: null })
  expect(await read(() => Promise.reject(new TypeError('Failed to fetch'))).stream).toMatchObject({ end: 'cut', status: 0, head_ms: null })
})

test('a stream that goes on is left once it has shown enough', async () => {
  const { stream } = read(async () => open(probe(1, 0)), { patience: { pieceMs: 4_000, endMs: 20, mostMs: 60 } })
  expect((await stream).end).toBe('left')
})

test('a redirect is not followed, and counts as one', async () => {
  const redirect = { status: 0, type: 'opaqueredirect', headers: new Headers(), body: null } as unknown as Response
  expect(await read(async () => redirect).stream).toMatchObject({ end: 'whole', status: 302 })
})

test('each piece is told of, and a test that is left ends its stream', async () => {
  const leaving = new AbortController()
  const { stream, onPiece, left } = read(async () => open(probe(1, 0)), { signal: leaving.signal, patience: { ...PATIENCE, pieceMs: 4_000 } })
  await vi.waitFor(() => expect(onPiece).toHaveBeenCalledOnce())
  expect(onPiece.mock.calls[0]?.[0]).toMatchObject({ events: [{ number: 1 }] })
  leaving.abort(new Error('left'))
  await expect(stream).rejects.toThrow('left')
  expect(left).toHaveBeenCalled()
})

test.each([
  ['page', { Accept: 'text/event-stream' }],
  ['identity', { Accept: 'text/event-stream', Range: 'bytes=0-' }],
] as const)('the variant %s is asked for with its headers', async (variant, headers) => {
  const { stream, sent } = read(async () => new Response(GOODBYE, { headers: STREAM }), { variant })
  expect(await stream).toMatchObject({ variant, end: 'whole' })
  expect(sent).toHaveBeenCalledWith(headers)
})
