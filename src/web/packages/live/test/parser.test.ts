import { expect, test } from 'vitest'
import { StreamParser } from '../src/parser.ts'

/** The events of a stream that comes in one piece, as `name:data` with the id, if any. */
function parse(...pieces: readonly string[]): readonly string[] {
  const parser = new StreamParser()
  return pieces.flatMap((piece) => parser.read(piece)).map(({ name, data, lastEventId }) => `${name}:${data}${lastEventId && ` #${lastEventId}`}`)
}

// The examples of the HTML standard, §9.2.6, and its rules for each field.
test.each<[string, string, readonly string[]]>([
  ['data of several lines', 'data: YHOO\ndata: +2\ndata: 10\n\n', ['message:YHOO\n+2\n10']],
  ['a comment, an id, and its reset', ': test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n', ['message:first event #1', 'message:second event', 'message: third event']],
  ['empty data, and an incomplete block', 'data\n\ndata\ndata\n\ndata:', ['message:', 'message:\n']],
  ['one space after the colon is removed', 'data:test\n\ndata: test\n\n', ['message:test', 'message:test']],
  ['a block without data is no event', 'event: a\n\ndata: 1\n\n', ['message:1']],
  ['a byte order mark', '\uFEFFdata: 1\n\n', ['message:1']],
  ['only the first byte order mark', '\uFEFF\uFEFFdata: 1\n\ndata: 2\n\n', ['message:2']],
  ['CR', 'event: a\rdata: 1\r\rdata: 2\r\r', ['a:1', 'message:2']],
  ['CRLF', 'event: a\r\ndata: 1\r\n\r\n', ['a:1']],
  ['mixed line ends', 'data: 1\r\ndata: 2\rdata: 3\n\r\n', ['message:1\n2\n3']],
  ['an id stays for later events', 'id: 7\ndata: 1\n\ndata: 2\n\n', ['message:1 #7', 'message:2 #7']],
  ['an id with NUL is ignored', 'id: 7\nid: 8\0\ndata: 1\n\n', ['message:1 #7']],
  ['an unknown field is ignored', 'dat: 1\nDATA: 2\n data: 3\ndata: 4\n\n', ['message:4']],
  ['a colon in the value stays', 'data: a: b\n\n', ['message:a: b']],
  ['a line separator of Unicode is no line end', 'data: a\u2028b\u0085c\n\n', ['message:a\u2028b\u0085c']],
])('%s', (_, text, events) => {
  expect(parse(text)).toEqual(events)
  // Wherever it is cut, and in single characters.
  for (let at = 1; at < text.length; at += 1) expect(parse(text.slice(0, at), '', text.slice(at)), `cut at ${at}`).toEqual(events)
  expect(parse(...text)).toEqual(events)
})

test('an event is complete with its CR, before the next character', () => {
  expect(parse('data: 1\r\r')).toEqual(['message:1'])
})

test('retry is digits only', () => {
  const parser = new StreamParser()
  parser.read('retry: 2000\n\n')
  expect(parser.retry).toBe(2_000)
  parser.read('retry: 3s\nretry: -1\nretry:\n\n')
  expect(parser.retry).toBe(2_000)
})

test('the last id is that of the last complete block', () => {
  const parser = new StreamParser('6')
  expect(parser.lastEventId).toBe('6')
  expect(parser.read('data: 1\n\n')).toEqual([{ name: 'message', data: '1', lastEventId: '6' }])
  parser.read('id: 7\n\nid: 8\ndata: half')
  expect(parser.lastEventId).toBe('7')
})
