import { expect, test } from 'vitest'
import { notedHeaders, StreamTiming } from '../src/lib/streamTiming.ts'
import { bytes, GOODBYE, probe, STREAM, T0 } from './doctor.ts'

function timed(pieces: readonly (readonly [atMs: number, text: string])[], { status = 200, headers = STREAM as Record<string, string> } = {}) {
  const timing = new StreamTiming('short', 'page', T0)
  timing.noteHead(12.34, status, new Headers(headers), '2')
  for (const [atMs, text] of pieces) timing.notePiece(atMs, bytes(text))
  return timing
}

test('each event has the time of the piece that completes it', () => {
  const whole = probe(2, 1_000)
  const timing = timed([
    [20, probe(1, 0)],
    [1_020, whole.slice(0, 9)],
    [1_040, whole.slice(9) + probe(3, 1_020)],
    [1_050, GOODBYE],
  ])
  expect(timing.isOver).toBe(true)
  expect(timing.measured('whole', 1_060)).toEqual({
    pattern: 'short',
    variant: 'page',
    began_at: T0,
    end: 'whole',
    ended_ms: 1_060,
    status: 200,
    http_version: '2',
    headers: { 'content-type': 'text/event-stream' },
    head_ms: 12.3,
    first_byte_ms: 20,
    size_bytes: [probe(1, 0), whole, probe(3, 1_020), GOODBYE].join('').length,
    events: [
      { number: 1, sent_at: T0, arrived_ms: 20 },
      { number: 2, sent_at: T0 + 1_000, arrived_ms: 1_040 },
      { number: 3, sent_at: T0 + 1_020, arrived_ms: 1_040 },
    ],
  })
})

test('what fills, and what something on the way wrote, is no event', () => {
  const written = ['event: filler\ndata: {"random":"0f"}\n\n', 'event: probe\ndata: no JSON\n\n', 'event: probe\ndata: {"number":1.5,"sent_at":2}\n\n', ':\n\n']
  expect(timed([[20, written.join('')]]).measured('cut', 30)).toMatchObject({ first_byte_ms: 20, events: [] })
})

test('a stream in whose place came a newer one was left, and is not whole', () => {
  const replaced = timed([[20, `${probe(1, 0)}event: goodbye\ndata: {"reason":"replaced","then":"wait"}\n\n`]])
  expect([replaced.isOver, replaced.measured('whole', 30).end]).toEqual([true, 'left'])
})

test('a page in the place of the stream is not read as one', () => {
  const page = timed([[20, probe(1, 0) + GOODBYE]], { headers: { 'Content-Type': 'text/html' } })
  expect([page.isStream, page.isOver, page.measured('whole', 30).events]).toEqual([false, false, []])
})

test('no more of the headers is kept than the server takes', () => {
  const many = new Headers(Array.from({ length: 60 }, (_, index): [string, string] => [`x-${index}`, 'v'.repeat(500)]))
  many.set('a'.repeat(65), 'long')
  const noted = Object.entries(notedHeaders(many))
  expect(noted).toHaveLength(40)
  expect(noted.every(([name, value]) => name.startsWith('x-') && value.length === 100)).toBe(true)
})
