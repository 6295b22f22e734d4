import type { Behavior, Passage } from './path.ts'

/** What a proxy does, and what a page has behind it. */
export interface Manner {
  /** What the proxy does. */
  readonly does: string
  readonly behavior: Behavior
  /** How the page gets its statuses in the end. */
  readonly mode: 'stream' | 'wait' | 'poll'
  /** The time until then. */
  readonly withinMs: number
  /** How old a status may be when it is shown until that mode is found, and afterwards. */
  readonly lateMs: readonly [number, number]
  /** Streams and other requests in a minute with a change every second. */
  readonly requests: number
  /** How late the end of a job is at most, if not 5 s. */
  readonly finalMs?: number
}

const KB = 1_024
const MUTE_MS = 5_000

const pass: Behavior = (page) => page

/** Holds the body until its end, and the head as well if `head` is true. */
function hold(head: boolean): Behavior {
  return (page) => {
    let body = ''
    let release = () => {}
    return {
      ...page,
      head(status, headers) {
        if (!head) page.head(status, headers)
        else release = () => page.head(status, headers)
      },
      send(text) {
        body += text
      },
      end() {
        release()
        page.send(body)
        page.end()
      },
    }
  }
}

/** Passes a body in other pieces: `cut` says how much of what is held passes now. */
function repacked(cut: (held: string) => number): Behavior {
  return (page) => {
    let held = ''
    return {
      ...page,
      send(text) {
        held += text
        const passed = cut(held)
        if (passed > 0) page.send(held.slice(0, passed))
        held = held.slice(passed)
      },
      end() {
        page.send(held)
        page.end()
      },
    }
  }
}

function first(size: number): Behavior {
  return (page, request) => {
    let left = size
    return repacked((held) => {
      const passed = Math.min(left, held.length)
      left -= passed
      return passed
    })(page, request)
  }
}

/** Calls `run` every `ms` until it returns false. */
function every(clock: Parameters<Behavior>[1]['clock'], ms: number, run: () => boolean): void {
  clock.after(ms, () => run() && every(clock, ms, run))
}

/** Passes what came, `size` characters at most, every `ms`. */
function paced(ms: number, size = Infinity): Behavior {
  return (page, { clock }) => {
    let held = ''
    let isOver = false
    const tick = () => {
      if (held !== '') page.send(held.slice(0, size))
      held = held.slice(size)
      if (isOver && held === '') page.end()
      return !isOver || held !== ''
    }
    every(clock, ms, tick)
    return {
      ...page,
      send(text) {
        held += text
      },
      end() {
        isOver = true
      },
    }
  }
}

/** Passes nothing from `ms` after the head on. */
const mute: Behavior = (page, { clock }) => {
  let isMute = false
  const unless = <T extends unknown[]>(run: (...given: T) => void) => (...given: T) => void (isMute || run(...given))
  const head: Passage['head'] = (status, headers) => {
    page.head(status, headers)
    clock.after(MUTE_MS, () => {
      isMute = true
    })
  }
  return { head, send: unless(page.send), end: unless(page.end), cut: unless(page.cut) }
}

/** Cuts a connection that lasts so long. */
function cutAfter(ms: number): Behavior {
  return (page, { clock }) => {
    const stop = clock.after(ms, page.cut)
    return {
      ...page,
      end() {
        stop()
        page.end()
      },
    }
  }
}

const NOTHING: Passage = { head: () => {}, send: () => {}, end: () => {}, cut: () => {} }

/** Answers with a page of its own. */
function answerWith(status: number): Behavior {
  return (page) => {
    page.head(status, { 'Content-Type': 'text/html' })
    return NOTHING
  }
}

function forStreams(behavior: Behavior, otherwise: Behavior = pass): Behavior {
  return (page, request) => (request.isStream ? behavior : otherwise)(page, request)
}

/** Holds all of a response, and gives up after 100 s. */
const originTimeout: Behavior = (page, request) => {
  const stop = request.clock.after(100_000, () => page.head(524, { 'Content-Type': 'text/html' }))
  const held = hold(true)(page, request)
  return {
    ...held,
    end() {
      stop()
      held.end()
    },
  }
}

const PASSED = new Set(['Content-Type', 'Content-Length', 'Content-Encoding', 'Date', 'Set-Cookie', 'Location'])
const stripHeaders: Behavior = (page) => ({
  ...page,
  head: (status, headers) => page.head(status, Object.fromEntries(Object.entries(headers).filter(([name]) => PASSED.has(name)))),
})

const LIVE = { mode: 'stream', withinMs: 100, lateMs: [100, 100], requests: 1 } as const
/** Two streams that were silent for six seconds, and what is between them. */
const HELD = { mode: 'wait', withinMs: 13_000, lateMs: [6_200, 700], requests: 65 } as const
/** Two streams that stopped; a poll finds it six seconds later, if there is something new. */
const STALLED = { mode: 'wait', withinMs: 29_000, lateMs: [6_700, 700], requests: 60, finalMs: 7_000 } as const
/** Three attempts that fail at once. */
const REFUSED = { mode: 'wait', withinMs: 3_500, lateMs: [3_500, 700], requests: 70 } as const

/**
 * Proxies, by what they do; the proxy of the browsers' tests has the same names. Some differ only for the server, or for
 * requests without an `EventSource`.
 */
export const MANNERS: Readonly<Record<string, Manner>> = {
  pass: { does: 'passes everything at once', behavior: pass, ...LIVE },
  'hold-headers': { does: 'holds a response back, head and all, until it is whole', behavior: hold(true), ...HELD },
  'hold-body': { does: 'passes the head, and the body once it is whole', behavior: hold(false), ...HELD },
  'hold-until-close': { does: 'holds a response back until the server closes the connection', behavior: hold(true), ...HELD },
  'pass-8k-then-hold': { does: 'passes 8 KB of a body, and the rest once it is whole', behavior: first(8 * KB), ...STALLED, withinMs: 77_000 },
  'one-behind': { does: 'passes each event with the next one', behavior: repacked((held) => held.lastIndexOf('\n\n', held.length - 3) + 2), ...LIVE, lateMs: [1_100, 1_100] },
  'block-4k': { does: 'passes a body in blocks of 4 KB', behavior: repacked((held) => held.length - (held.length % (4 * KB))), ...HELD },
  'burst-5s': { does: 'passes what came, every five seconds', behavior: forStreams(paced(5_000)), ...HELD, withinMs: 23_000 },
  mute: { does: 'passes a body for 5 s, then nothing, and keeps the connections', behavior: mute, ...STALLED },
  'cut-30': { does: 'resets whatever lasts for 30 s', behavior: cutAfter(30_000), ...LIVE, lateMs: [100, 800], requests: 5 },
  'half-close': { does: 'closes its side towards the server behind each request', behavior: forStreams(cutAfter(500), cutAfter(10_000)), ...REFUSED, withinMs: 4_100 },
  'lose-abort': { does: 'loses the server after 5 s, and does not tell the browser', behavior: mute, ...STALLED },
  'lose-end': { does: 'does not tell the browser that a response has ended', behavior: forStreams((page) => ({ ...page, end: () => {} })), ...LIVE },
  dangling: { does: 'does not tell the server that the browser left', behavior: pass, ...LIVE },
  'keepalive-reuse': { does: 'uses few connections to the server, for everybody', behavior: pass, ...LIVE },
  'accept-only': { does: 'passes events to `Accept: text/event-stream`, and holds all else back', behavior: forStreams(pass, hold(true)), ...LIVE },
  'gzip-held': { does: 'compresses what is not compressed, and never flushes', behavior: hold(false), ...HELD },
  '502-page': { does: 'answers requests for streams with 502 and a page', behavior: forStreams(answerWith(502)), ...REFUSED },
  '524-page': { does: 'holds a response back until it is whole, and after 100 s answers 524 and a page', behavior: originTimeout, ...HELD },
  challenge: { does: 'answers requests for streams with 403, a page and `cf-mitigated`', behavior: forStreams(answerWith(403)), ...REFUSED },
  'login-page': { does: 'answers requests for streams with 200 and the page of a sign-in', behavior: forStreams(answerWith(200)), ...REFUSED },
  'login-redirect': { does: "sends requests for streams to another site's sign-in", behavior: forStreams(answerWith(200)), ...REFUSED },
  'strip-headers': { does: 'passes on a few headers, both ways', behavior: stripHeaders, ...LIVE },
  drip: { does: 'passes streams at 1,000 bytes a second, in pieces of 20', behavior: forStreams(paced(20, 20)), ...LIVE, withinMs: 300, lateMs: [500, 500] },
  http10: { does: 'speaks HTTP/1.0 on both sides', behavior: pass, ...LIVE },
}
