/** A server's response to one request for a stream. */
export interface Answer {
  /** While this is false nothing is sent: a buffering proxy holds the headers as well. Default true. */
  readonly headers?: boolean
  readonly status?: number
  readonly contentType?: string
  /** Pieces of the body. */
  readonly body?: readonly string[]
  /** What follows: the connection is held, ended regularly, or cut. */
  readonly last: 'hold' | 'end' | 'cut'
}

/** A server's behaviour, and what a page observes. */
export interface Scenario {
  readonly name: string
  /** One for each request; the last one is for all further requests. */
  readonly answers: readonly Answer[]
  /** What the page observes: `open`, `error` with the `readyState`, and events as `name:data`. */
  readonly heard: readonly string[]
  readonly readyState: 0 | 1 | 2
  /** The `Last-Event-ID` of each request. */
  readonly lastEventIds: readonly string[]
}

/** Short, because a real engine would wait for seconds; Firefox waits no less than 500 ms. */
const RETRY = 'retry: 40\n\n'
const A = 'id: 7\nevent: a\ndata: 1\n\n'
const AWAY: Answer = { headers: false, last: 'cut' }
const HOLD: Answer = { body: ['event: b\ndata: 2\n\n'], last: 'hold' }

const refused = (status: number, contentType = 'text/event-stream'): Scenario => ({
  name: `${status} ${contentType} is final, and tells nothing`,
  answers: [{ status, contentType, last: 'end' }],
  heard: ['error 2'],
  readyState: 2,
  lastEventIds: [''],
})

const final = (status: number): Scenario => ({
  name: `${status} to a reconnect ends a healthy source for good`,
  answers: [{ body: [RETRY, A], last: 'end' }, { status, last: 'end' }],
  heard: ['open', 'a:1', 'error 0', 'error 2'],
  readyState: 2,
  lastEventIds: ['', '7'],
})

/**
 * The behaviour of `EventSource`, as measured in Chromium, Firefox and WebKitGTK; where they differ, that of Chromium.
 * A test compares `FakeEventSource` and the `eventsource` package with it.
 */
export const SCENARIOS: readonly Scenario[] = [
  ...[204, 401, 429, 500, 502, 503].map((status) => refused(status)),
  refused(200, 'text/html'),
  {
    name: 'held headers are no event whatever',
    answers: [{ headers: false, last: 'hold' }],
    heard: [],
    readyState: 0,
    lastEventIds: [''],
  },
  {
    name: 'headers alone open it (not in Firefox)',
    answers: [{ last: 'hold' }],
    heard: ['open'],
    readyState: 1,
    lastEventIds: [''],
  },
  {
    name: 'comments are not heard',
    answers: [{ body: [': still here\n\n', ': and here\n\n'], last: 'hold' }],
    heard: ['open'],
    readyState: 1,
    lastEventIds: [''],
  },
  {
    name: 'a proper end is followed by a reconnect, with the last id',
    answers: [{ body: [RETRY, A], last: 'end' }, HOLD],
    heard: ['open', 'a:1', 'error 0', 'open', 'b:2'],
    readyState: 1,
    lastEventIds: ['', '7'],
  },
  {
    name: 'a cut is the same as an end',
    answers: [{ body: [RETRY, A], last: 'cut' }, HOLD],
    heard: ['open', 'a:1', 'error 0', 'open', 'b:2'],
    readyState: 1,
    lastEventIds: ['', '7'],
  },
  {
    name: 'a server that is away is tried again until it is back',
    answers: [{ body: [RETRY, A], last: 'end' }, AWAY, AWAY, HOLD],
    heard: ['open', 'a:1', 'error 0', 'error 0', 'error 0', 'open', 'b:2'],
    readyState: 1,
    lastEventIds: ['', '7', '7', '7'],
  },
  final(502),
  final(204),
  {
    name: 'a block that is not complete is lost',
    answers: [{ body: [RETRY, A, 'id: 8\nevent: a\ndata: half'], last: 'end' }, HOLD],
    heard: ['open', 'a:1', 'error 0', 'open', 'b:2'],
    readyState: 1,
    lastEventIds: ['', '7'],
  },
  {
    name: 'an event may come in pieces, its data in lines, its name from the standard',
    answers: [{ body: ['eve', 'nt: a\r\ndata: o', 'ne\r\ndata:two\r\n\r\n', 'data: three\n\n'], last: 'hold' }],
    heard: ['open', 'a:one\ntwo', 'message:three'],
    readyState: 1,
    lastEventIds: [''],
  },
]
