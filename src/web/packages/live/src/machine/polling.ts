import {
  CUT_MS,
  DEFAULT_POLL_MS,
  HERD_JITTER_MS,
  MAX_SILENT_FAILURES,
  MAX_SLOWDOWN,
  SLOWDOWN_EASE,
  WAIT_GAP_MS,
  WAIT_MS,
  backoffMs,
  clamp,
  probeMs,
} from '../timing.ts'
import type { Transport } from '../wire.ts'
import type { Moment, PollAnswer } from './input.ts'
import { learnAt } from './learn.ts'
import { arrived, closeStream, fail, pace, pollMs } from './life.ts'
import { OFF, type Reason, type State, isFollowing, timer, withPath, withPoll, withStream } from './state.ts'

const SERVER_REASONS = ['flag_off', 'kill_switch', 'flags_unavailable', 'buffered', 'at_capacity', 'draining', 'replaced'] as const

/** Whether polling is never the fallback here: a poll only checks. */
export function isStreamOnly({ transport, pollOnly }: State): boolean {
  return transport === 'stream' && !pollOnly
}

/** Whether the client's side allows a stream. */
export function mayStream({ transport, pollOnly, streamSupported }: State): boolean {
  return transport !== 'poll' && !pollOnly && streamSupported
}

/** Makes polling the fallback, or without a reason no longer. */
export function fallBack(state: State, reason?: Reason, refusedByServer = false): State {
  return withPoll(state, { fallback: reason && { reason, refusedByServer } })
}

/** Starts polling at `at`, unless it is running. */
export function startPolling(state: State, at: number): State {
  const once = isStreamOnly(state)
  if (!once && isRepeating(state)) return state
  const polling = withPoll(state, { kind: once ? 'once' : 'poll', askedMs: 0 })
  return state.poll.inFlight ? polling : timer(polling, 'poll', at)
}

/** Whether polls go on while no stream is live. */
function isRepeating({ poll: { kind } }: State): boolean {
  return kind === 'poll' || kind === 'wait'
}

/** Whether a failure shows that the path holds events back. */
export function isSilent(reason: Reason | undefined): boolean {
  return reason === 'mute' || reason === 'stalled' || reason === 'buffered'
}

/**
 * Whether polls are to be held: in place of streams that do not work on this path, or where the server prefers it. Not between
 * two attempts after a broken connection, and not if a person chose to poll.
 */
function mayWait(state: State): boolean {
  const { waitMs, preferred, fallback } = state.poll
  if (state.life !== 'open' || !isRepeating(state) || waitMs === 0) return false
  if (preferred || fallback === undefined) return preferred || isSilent(state.stream.reason)
  return fallback.reason !== 'manual' && !fallback.refusedByServer
}

/** Whether the next poll asks to be held. A hidden page keeps no connection, of which there may be only six for all tabs. */
function asksToWait(state: State): boolean {
  return state.presence === 'shown' && mayWait(state)
}

/** Handles the poll timer. One poll at a time: the next is scheduled when this one ends. */
export function poll(state: State, now: number): State {
  const { kind, inFlight, nr, waitMs, askedMs: before, etag: stored } = state.poll
  if (kind === 'none' || inFlight) return state
  const askedMs = asksToWait(state) ? waitMs : 0
  // Without an ETag the first long poll is answered at once, and shows whether there may be more.
  const etag = askedMs > 0 && before === 0 ? undefined : stored
  return timer(withPoll(state, { kind, inFlight: true, nr: nr + 1, sentAt: now, askedMs, etag }), 'poll')
}

/** Ends a long poll of a page that was hidden; it polls as usual. */
export function stopWaiting(state: State, now: number): State {
  const { inFlight, askedMs, etag } = state.poll
  if (!inFlight || askedMs === 0 || etag === undefined) return state
  return timer(withPoll(state, { inFlight: false, askedMs: 0 }), 'poll', now + pollMs(state))
}

/** Handles a long poll that ended early: the next ones are shorter, and if one of those ends early, too, it polls. */
function shortenWaits(state: State, heldMs: number): State {
  const { waitMs } = state.poll
  return withPoll(state, waitMs < WAIT_MS ? { kind: 'poll', waitMs: 0 } : { waitMs: clamp(heldMs, CUT_MS, waitMs) / 2 })
}

export function pollAnswered(state: State, answer: PollAnswer, moment: Moment): State {
  const { stream, poll: before } = state
  if (!before.inFlight) return state
  const { now, random } = moment
  let idle = withPoll(state, { inFlight: false })
  if (answer.kind === 'failed') {
    if (answer.refused) return fail(idle, answer.reason)
    const reason = stream.kind === 'live' ? undefined : answer.reason
    const heldMs = now - before.sentAt
    if (before.askedMs > 0 && before.etag !== undefined && (reason === 'network' || reason === 'http')) {
      idle = shortenWaits(idle, heldMs)
      // The next one, which is answered at once, shows whether the server is there.
      if (heldMs < before.askedMs) return timer(withPoll(idle, { askedMs: 0 }), 'poll', now + backoffMs(1, random))
    }
    const failed = holdOff(withPoll(idle, { reason }), answer.retryMs ?? 0, now)
    // Without a network only polls show that a server on this machine is there.
    if (before.kind === 'once' && state.online) return withPoll(failed, OFF)
    if (answer.slower && state.lastAt !== undefined && !state.stale) {
      return slowDown(withPoll(failed, { reason: before.reason }), answer.retryMs, moment)
    }
    const failures = before.failures + 1
    // Never sooner than our own delay: a date in the past, with a clock that is ahead, would cause a loop without a pause.
    const ms = pace(state, Math.max(answer.retryMs ?? 0, backoffMs(failures, random)))
    return timer(withPoll(failed, { failures, askedMs: 0 }), 'poll', now + ms)
  }
  let next = withPoll(arrived(idle, now), {
    failures: 0,
    reason: undefined,
    etag: answer.etag ?? before.etag,
    delayMs: answer.pollMs ?? DEFAULT_POLL_MS,
    slowdown: Math.max(1, before.slowdown * SLOWDOWN_EASE),
  })
  // Beside a stream, its statuses matter.
  if (stream.kind !== 'live') next = { ...next, flow: { ...next.flow, behindMs: 0 } }
  const wasAway = before.failures > 0 && stream.kind === 'closed' && !isRefused(state) && mayStream(state)
  if (wasAway) next = startOver(next, moment)
  next = obey(next, answer.transport, moment)
  next = learnAt(next, answer.jobs, now)
  if (answer.cursor) next = withStream(next, { lastEventId: answer.cursor })
  return planPoll(judgeWait(next, state, answer, now), state, now)
}

/** Notes whether the server holds polls, and whether something on the path ended this one early. */
function judgeWait(next: State, before: State, { waits }: Extract<PollAnswer, { kind: 'ok' }>, now: number): State {
  const { askedMs, etag, sentAt } = before.poll
  if (!isRepeating(next)) return next
  if (askedMs === 0) return mayWait(next) ? next : withPoll(next, { kind: 'poll' })
  // Without ETags every poll is answered at once.
  const judged = withPoll(next, { kind: waits && next.poll.etag !== undefined ? 'wait' : 'poll' })
  if (etag === undefined) return judged
  const heldMs = now - sentAt
  const isCached = waits && heldMs < askedMs / 2 && etag === next.poll.etag
  return isCached ? shortenWaits(judged, heldMs) : judged
}

/** Handles a 429: polls less often. While some polls succeed, what is shown is up to date. */
function slowDown(state: State, retryMs = 0, { now, random }: Moment): State {
  const slower = withPoll(state, { slowdown: Math.min(MAX_SLOWDOWN, state.poll.slowdown * 2) })
  // Tabs that were refused together must not poll together again.
  return timer(slower, 'poll', now + pace(slower, Math.max(retryMs, pollMs(slower))) + random * HERD_JITTER_MS)
}

/** Whether the path passes polls but holds events back. */
export function isMutePath({ path }: State): boolean {
  return path.silentFailures >= MAX_SILENT_FAILURES
}

export function openSoon(state: State, { now, random }: Moment): State {
  return reopenIn(state, random * HERD_JITTER_MS, now)
}

/** Schedules the stream in `ms`, not before `notBefore`. A paused page opens it when it resumes. */
export function reopenIn(state: State, ms: number, now: number): State {
  const notBefore = Math.max(now + ms, state.path.notBefore)
  return timer(withPath(state, { notBefore }), 'reopen', state.life === 'paused' ? undefined : notBefore)
}

/** Notes that the server wants no stream for `ms`. */
export function holdOff(state: State, ms: number, now: number): State {
  if (state.due.reopen !== undefined) return reopenIn(state, ms, now)
  return withPath(state, { notBefore: Math.max(now + ms, state.path.notBefore) })
}

/** Maps a reason of the server to a known one. */
export function serverReason(word: string): Reason {
  return SERVER_REASONS.find((reason) => reason === word) ?? 'server'
}

/** Whether the server refused streams, and has not allowed them again. */
export function isRefused({ poll: { fallback } }: State): boolean {
  return fallback?.refusedByServer === true
}

/** Whether newer streams of this person replaced this one; it streams again only when the page is shown or on request. */
export function isReplaced({ poll: { fallback } }: State): boolean {
  return fallback?.reason === 'replaced'
}

/** Polls instead of streaming, until the server allows streams again. */
export function refuseStreams(state: State, reason: string, moment: Moment): State {
  const refused = timer(fallBack(closeStream(state), serverReason(reason), true), 'reopen')
  return isStreamOnly(state) && !isReplaced(refused) ? probeLater(refused, moment) : refused
}

/** Tries the stream as soon as allowed, on `next`; polling goes on until it delivers. */
function startOver(state: State, moment: Moment, next = state.path): State {
  const { stream, path, poll: before } = state
  // After failures, or on a path that held events back, it is a probe: polling stays the fallback.
  const probed = path.failedProbes > 0 && path.notBefore > moment.now ? (stream.reason ?? 'server') : undefined
  const reason = before.fallback?.reason === 'buffered' ? 'buffered' : isMutePath(state) ? 'mute' : probed
  const over = withStream(state, { reason: path.failures > 0 ? stream.reason : reason })
  return openSoon({ ...fallBack(over, reason), path: next }, moment)
}

/** Handles that the server allows streams again: its refusals were no failures, but the path is not proven yet. */
export function allowStreams(state: State, moment: Moment): State {
  const { failures, failedProbes } = state.path
  return startOver(withPath(state, { failures: 0, failedProbes: Math.max(failedProbes, Number(failures > 0)) }), moment)
}

/** Handles that streams go another way: each has failures of its own. Polling goes on until the new one delivers. */
function changeWay(state: State, moment: Moment): State {
  const { path, pathAside } = state
  return startOver({ ...state, byTicket: !state.byTicket, pathAtContact: pathAside, pathAside: path }, moment, pathAside)
}

/** Polls because a person chose it, until `retryNow`. */
export function choosePolling(state: State, now: number): State {
  const chosen: State = { ...state, pollOnly: true }
  if (!isFollowing(state)) return chosen
  const closed = timer(closeStream(chosen), 'reopen')
  // The server's decision is kept for the time after the choice.
  const fallen = isRefused(state) ? closed : fallBack(closed, 'manual')
  // A long poll would be held on.
  const isHeld = fallen.poll.kind === 'wait' && !mayWait(fallen)
  return startPolling(isHeld ? withPoll(fallen, OFF) : fallen, now)
}

/** Schedules a probe if no poll can show that the stream is allowed again. */
function probeLater(state: State, { now, random }: Moment): State {
  const { failedProbes } = state.path
  const probed = fallBack(state, state.poll.fallback?.reason ?? 'server')
  return reopenIn(withPath(probed, { failedProbes: failedProbes + 1 }), probeMs(failedProbes, random), now)
}

/** Applies the server's choice of transport from a poll. A stream that delivers gets it by its own events. */
function obey(state: State, transport: Transport | undefined, moment: Moment): State {
  const polled = transport === undefined ? state : prefer(state, transport.mode)
  if (state.stream.kind === 'live' || !mayStream(state)) return polled
  const isReplacement = isReplaced(state)
  if (transport === undefined) return isRefused(state) && !isReplacement ? probeLater(state, moment) : state
  const { mode, reason, byTicket } = transport
  if (reason === 'final') return state
  // Permission to stream does not end a replacement by a newer stream.
  if (isReplacement) return mode === 'stream' ? state : polled
  // An attempt on the present way goes on to its end, which counts.
  if (mode === 'stream' && byTicket !== state.byTicket) return state.stream.kind === 'opening' ? polled : changeWay(polled, moment)
  if (mode === 'stream') return isRefused(state) && moment.now >= state.path.notBefore ? allowStreams(polled, moment) : polled
  // This repeats the client's own request; it is no refusal.
  if (reason === 'client') return polled
  const fallenBack = isStreamOnly(state) || isRepeating(state) ? polled : withPoll(polled, { kind: 'poll' })
  return refuseStreams(fallenBack, reason, moment)
}

/** Notes whether the server prefers long polls. */
export function prefer(state: State, mode: string): State {
  return withPoll(state, { preferred: mode === 'wait' })
}

function planPoll(state: State, before: State, now: number): State {
  const { kind, askedMs, etag, delayMs, slowdown } = state.poll
  if (!isFollowing(state) || kind === 'none') return state
  if (kind === 'once') return withPoll(state, OFF)
  // A long poll that was held or brought something may be followed at once, as may the first; one with an early empty response
  // is followed as a poll is. The stream of a probe may have brought the same before.
  const held = etag !== before.poll.etag || now - before.poll.sentAt >= delayMs
  const atOnce = slowdown === 1 && asksToWait(state) && (askedMs === 0 || (kind === 'wait' && held))
  return timer(state, 'poll', now + pace(state, atOnce ? WAIT_GAP_MS : pollMs(state)))
}
