import type { Change } from '../companion.ts'
import type { Env } from '../env.ts'
import type { State } from '../machine/state.ts'
import { type Clock, best, sampled } from './clock.ts'
import { type Wanted, firstsOf, isDue } from './due.ts'
import { platformOf } from './platform.ts'
import { reportOf } from './report.ts'
import { NO_SUMS, count, joinSums } from './sums.ts'
import { isFollowed } from './time.ts'
import { FRAME_MS, REQUEST_MS } from './timing.ts'
import { type Core, type Watch, awaitsPaint, changed, decided, painted, startWatch } from './watch.ts'

/** What is followed: a job, or the list (null), and the address of its stream. Each store has its own. */
export interface Reported {
  readonly id: string | null
  readonly stream: string
}

/** Takes a transition of what is followed, and its time. Without one: an exception of a listener or of the companion was caught. */
export type Report = (of: Reported, change: Change | undefined, now: number) => void

/** What is kept of each store. */
interface Entry {
  watch: Watch
  readonly page: string
  seq: number
  /** The trace that the newest document names. */
  traceId: string | undefined
  sentAt: number | undefined
  /** What was reported at once when it came first. */
  readonly firsts: Set<string>
  isSending: boolean
  awaitsPaint: boolean
}

/** What a reporter is given of a transition. */
type Given = Parameters<Report>

/**
 * Measures what a person sees of what they follow, and reports it: when a stream is first proven, at the first of each harm, 40 s after the
 * start, once a minute after that, when the page is hidden, and at the end. It has no timer: what is followed changes often enough.
 *
 * What it throws would be a mistake of the measuring, so it reaches nobody who follows.
 *
 * @param early - what was before it was loaded; it is emptied.
 */
export function createReporter(env: Env, url: string, core: Core, early: Given[]): Report {
  const platform = platformOf(env)
  const loadedAt = env.now()
  const entries = new Map<Reported, Entry>()
  let clock: Clock = []
  let wanted: Wanted = 'all'

  const lead = () => env.date() - env.now()
  const sample = () => best(clock, lead())
  const learnTime = (sentAt: number, serverMs: number, receivedAt: number) => {
    clock = sampled(clock, { sentAt, receivedAt, serverMs, leadMs: lead() })
  }
  const half = () => Math.floor(env.random() * 2 ** 32).toString(16).padStart(8, '0')

  function begin(now: number): Entry {
    return { watch: startWatch(now), page: half() + half(), seq: 0, traceId: undefined, sentAt: undefined, firsts: new Set(), isSending: false, awaitsPaint: false }
  }

  /** Takes the server's time and its sampling from what came. */
  function hear(entry: Entry, { before, input }: Change, now: number) {
    if (input.type === 'stream_event' && input.event.name === 'hello' && before.stream.kind !== 'closed') {
      learnTime(entry.watch.stream.openedAt, input.event.sentAt, now)
      wanted = wantedBy(input.event.telemetry)
    }
    if (input.type === 'poll_answered' && input.answer.kind === 'ok' && before.poll.inFlight) {
      const { headers } = input.answer
      learnTime(before.poll.sentAt, timeIn(headers), now)
      wanted = wantedBy(headers.get('Playhead-Telemetry'))
    }
  }

  function paint(of: Reported, entry: Entry, now: number) {
    entry.watch = painted(entry.watch, now, sample()?.offsetMs)
    // The end of a job is its last report.
    sendIfDue(of, entry, now, entry.watch.sums.finalLagMs === undefined ? 'usual' : 'last')
  }

  function awaitPaint(of: Reported, entry: Entry, now: number) {
    // The page was painted before the measuring was there.
    if (now < loadedAt) return paint(of, entry, now + FRAME_MS)
    if (entry.awaitsPaint) return
    entry.awaitsPaint = true
    platform.afterPaint(() => {
      entry.awaitsPaint = false
      if (env.presence() === 'shown') paint(of, entry, env.now())
    })
  }

  function sendIfDue(of: Reported, entry: Entry, now: number, moment: 'last' | 'hidden' | 'usual') {
    // One after the other, because the server ignores a number that is not above the last. A path may hold an answer for ever.
    if (entry.isSending && moment !== 'last' && now - (entry.sentAt ?? now) < REQUEST_MS) return
    if (isDue(entry.watch, { at: entry.sentAt, firsts: entry.firsts }, now, moment, wanted)) send(of, entry, now, moment === 'last').catch(() => {})
  }

  async function send({ id, stream }: Reported, entry: Entry, now: number, isEnd: boolean) {
    const watch = decided(entry.watch)
    for (const first of firstsOf(watch, wanted)) entry.firsts.add(first)
    const connectMs = platform.connectMs(stream, entry.sentAt ?? watch.time.startedAt)
    const sums = connectMs === undefined ? watch.sums : { ...watch.sums, connectMs }
    const { page, traceId: trace_id } = entry
    const envelope = { page, seq: (entry.seq += 1), session_id: id, trace_id, protocol: env.protocol(stream) ?? '', rttMs: sample()?.rttMs, isEnd }
    entry.watch = { ...watch, sums: NO_SUMS }
    entry.sentAt = now
    entry.isSending = true
    const headers = { 'Content-Type': 'application/json', 'X-Requested-With': 'playhead' }
    const body = JSON.stringify(reportOf(watch, sums, envelope))
    // A beacon could not carry the header against requests from other sites.
    const sentAt = env.now()
    const answer = await env.fetch(url, { method: 'POST', headers, credentials: 'include', keepalive: true, body }).catch(() => undefined)
    entry.isSending = false
    // It was not counted, and goes with the next one. Another refusal would be the same again.
    if (answer === undefined || answer.status === 429 || answer.status >= 500) entry.watch = { ...entry.watch, sums: joinSums(sums, entry.watch.sums) }
    else learnTime(sentAt, timeIn(answer.headers), env.now())
  }

  function take(of: Reported, change: Change | undefined, now: number) {
    const entry = entries.get(of) ?? begin(now)
    entries.set(of, entry)
    if (change === undefined) {
      entry.watch = { ...entry.watch, sums: count(entry.watch.sums, 'page_errors') }
      return sendIfDue(of, entry, now, 'usual')
    }
    const { before, after } = change
    hear(entry, change, now)
    entry.traceId = traceOf(after) ?? entry.traceId
    entry.watch = changed(entry.watch, change, now, core, sample()?.offsetMs)
    if (awaitsPaint(entry.watch)) awaitPaint(of, entry, now)
    // A final status that is painted ends it then.
    const isOver = isFollowed(before) && (after.life === 'failed' || (after.life === 'done' && !awaitsPaint(entry.watch)))
    const isEnd = after.life === 'idle' || after.presence === 'away' || isOver
    // What comes to a hidden page is not late, and the server must not take it for lost: for now, nobody looks any more.
    const isLast = isEnd || (after.presence !== 'shown' && before.presence === 'shown')
    sendIfDue(of, entry, now, isLast ? 'last' : after.presence === 'shown' ? 'usual' : 'hidden')
    if (after.life === 'idle') entries.delete(of)
  }

  const report: Report = (...given) => {
    try {
      take(...given)
    } catch {
      // See above.
    }
  }
  for (const given of early.splice(0)) report(...given)
  return report
}

/** The trace that the document of a state names, if it does. */
function traceOf({ job }: State): string | undefined {
  const named: unknown = job === undefined ? undefined : Reflect.get(job, 'trace_id')
  return typeof named === 'string' ? named : undefined
}

/** The server's time in a response; NaN if there is none. */
function timeIn(headers: Headers): number {
  return Number(headers.get('Playhead-Server-Time') ?? Number.NaN)
}

function wantedBy(word: string | null): Wanted {
  return word === 'harms' || word === 'off' ? word : 'all'
}
