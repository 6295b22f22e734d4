import {
  DEFAULT_POLL_MS,
  HERD_JITTER_MS,
  MAX_MUTES,
  MAX_SLOWDOWN,
  SLOWDOWN_EASE,
  WAIT_GAP_MS,
  backoffMs,
  probeMs,
} from '../timing.ts'
import type { Transport } from '../wire.ts'
import type { Moment, PollAnswer } from './input.ts'
import { learnAt, syncSegments } from './learn.ts'
import { closeStream, fail, news, pace, pollMs } from './life.ts'
import { type Reason, type State, isFollowing, timer } from './state.ts'

const SERVER_REASONS = ['flag_off', 'kill_switch', 'flags_unavailable', 'buffered', 'at_capacity', 'draining', 'replaced'] as const

/** Whether polling can only answer a question here, and never be the fallback. */
export function asksOnly({ transport, pollOnly }: State): boolean {
  return transport === 'stream' && !pollOnly
}

/** Whether a stream may be tried, as far as it is up to this side. */
export function mayStream({ transport, pollOnly, streamSupported }: State): boolean {
  return transport !== 'poll' && !pollOnly && streamSupported
}

/** Polls at `at`, and from then on, unless polling is already going on. */
export function startPolling(state: State, at: number): State {
  const polling = asksOnly(state) ? 'once' : 'poll'
  if (polling === 'poll' && (state.polling === 'poll' || state.polling === 'wait')) return state
  return state.asking ? { ...state, polling } : timer({ ...state, polling }, 'poll', at)
}

/** The poll timer is due. One poll at a time: the next one is planned when this one is answered. */
export function poll(state: State, now: number): State {
  if (state.polling === 'off' || state.asking) return state
  return timer({ ...state, asking: true, pollNr: state.pollNr + 1, pollSentAt: now }, 'poll')
}

export function pollAnswered(state: State, answer: PollAnswer, moment: Moment): State {
  if (!state.asking) return state
  const { now, random } = moment
  const idle = { ...state, asking: false }
  if (answer.kind === 'refused') return fail(idle, answer.reason)
  if (answer.kind === 'failed') {
    const pollReason = state.stream === 'proven' ? undefined : answer.reason
    const failed = holdOff({ ...idle, pollReason }, answer.retryMs ?? 0, now)
    // Without a network nothing else tells that a server on this machine is there after all.
    if (state.polling === 'once' && state.online) return { ...failed, polling: 'off' }
    if (answer.slower && state.newsAt !== undefined && !state.stale) {
      return slowDown({ ...failed, pollReason: state.pollReason }, answer.retryMs, moment)
    }
    const pollFailures = state.pollFailures + 1
    // Never sooner than by ourselves: a date in the past, by a clock that is ahead, must not make a loop without a pause.
    const ms = pace(state, Math.max(answer.retryMs ?? 0, backoffMs(pollFailures, random)))
    return timer({ ...failed, pollFailures }, 'poll', now + ms)
  }
  let next: State = {
    ...news(idle, now),
    pollFailures: 0,
    pollReason: undefined,
    etag: answer.etag ?? state.etag,
    pollMs: answer.pollMs ?? DEFAULT_POLL_MS,
    // Beside a stream, its statuses tell.
    flow: state.stream === 'proven' ? state.flow : { ...state.flow, behindMs: 0 },
    slowdown: Math.max(1, state.slowdown * SLOWDOWN_EASE),
  }
  const wasAway = state.pollFailures > 0 && state.stream === 'closed' && !state.barred && mayStream(state)
  if (wasAway) next = startOver(next, moment)
  next = obey(next, answer.transport, moment)
  next = answer.statuses.length > 0 ? learnAt(next, answer.statuses, now) : syncSegments(next)
  return planPoll(next, next.status !== state.status || next.statuses !== state.statuses, now)
}

/** It asked too often. While answers come now and then what is shown is true, and polling goes on, at a longer pace. */
function slowDown(state: State, retryMs = 0, { now, random }: Moment): State {
  const slower = { ...state, slowdown: Math.min(MAX_SLOWDOWN, state.slowdown * 2) }
  // Tabs that were refused together do not return together.
  return timer(slower, 'poll', now + pace(slower, Math.max(retryMs, pollMs(slower))) + random * HERD_JITTER_MS)
}

/** Whether the path takes polls and swallows events. */
export function isMutePath({ mutes }: State): boolean {
  return mutes >= MAX_MUTES
}

export function openSoon(state: State, { now, random }: Moment): State {
  return reopenIn(state, random * HERD_JITTER_MS, now)
}

/** Opens the stream again after `ms`, but not before its time. A paused page does so when it is back. */
export function reopenIn(state: State, ms: number, now: number): State {
  const notBefore = Math.max(now + ms, state.notBefore)
  return timer({ ...state, notBefore }, 'stream', state.life === 'paused' ? undefined : notBefore)
}

/** The server wants no stream for `ms`. */
export function holdOff(state: State, ms: number, now: number): State {
  if (state.due.stream !== undefined) return reopenIn(state, ms, now)
  return { ...state, notBefore: Math.max(now + ms, state.notBefore) }
}

/** A word of the server as a reason. */
export function serverReason(word: string): Reason {
  return SERVER_REASONS.find((known) => known === word) ?? 'server'
}

/** Whether newer streams of this person took its place: only somebody who looks here may take theirs in turn. */
export function isReplaced({ barred, fallback }: State): boolean {
  return barred && fallback === 'replaced'
}

/** The server takes the stream away: poll, and do not knock again until it says `stream`. */
export function bar(state: State, reason: string, moment: Moment): State {
  const barred = timer({ ...closeStream(state), barred: true, fallback: serverReason(reason) }, 'stream')
  return asksOnly(state) && !isReplaced(barred) ? probeLater(barred, moment) : barred
}

/** What kept the stream away is over: it is tried as soon as it may, while polling goes on until it delivers. */
function startOver(state: State, moment: Moment): State {
  // A path that held events back is probed, and so is a stream that failed before: polling stays the fallback.
  const probed = state.probes > 0 && state.notBefore > moment.now ? (state.streamReason ?? 'server') : undefined
  const fallback = state.fallback === 'buffered' ? 'buffered' : isMutePath(state) ? 'mute' : probed
  const streamReason = state.failures > 0 ? state.streamReason : fallback
  return openSoon({ ...state, barred: false, fallback, streamReason }, moment)
}

/** The server allows the stream again: its refusals were no failures of the path, but until one lasts it is on probation. */
export function allow(state: State, moment: Moment): State {
  const probes = Math.max(state.probes, Number(state.failures > 0))
  return startOver({ ...state, failures: 0, probes }, moment)
}

/** A person chose polling: stay with it until they ask to try again. */
export function choosePolling(state: State, now: number): State {
  const chosen: State = { ...state, pollOnly: true }
  if (!isFollowing(state)) return chosen
  // What the server decided is kept for when the choice is taken back.
  const fallback = state.barred ? state.fallback : 'manual'
  return startPolling(timer({ ...closeStream(chosen), fallback }, 'stream'), now)
}

/** Where no poll will tell that the stream is allowed again, only trying does. */
function probeLater(state: State, { now, random }: Moment): State {
  return reopenIn({ ...state, barred: false, probes: state.probes + 1 }, probeMs(state.probes, random), now)
}

/** The server's choice of transport, taken from the header of a poll. A stream that delivers hears of it by itself. */
function obey(state: State, transport: Transport | undefined, moment: Moment): State {
  if (state.stream === 'proven' || !mayStream(state)) {
    return transport === undefined ? state : prefer(state, transport.mode)
  }
  if (transport === undefined) return state.barred && !isReplaced(state) ? probeLater(state, moment) : state
  if (transport.reason === 'final') return state
  // That this person may stream says nothing of whose turn it is.
  if (isReplaced(state)) return transport.mode === 'stream' ? state : prefer(state, transport.mode)
  if (transport.mode === 'stream') {
    const polled = prefer(state, transport.mode)
    return state.barred && moment.now >= state.notBefore ? allow(polled, moment) : polled
  }
  // `client` repeats what this client asked for; it is no refusal.
  if (transport.reason === 'client') return prefer(state, transport.mode)
  const polled = prefer(asksOnly(state) ? state : { ...state, polling: 'poll' }, transport.mode)
  return bar(polled, transport.reason, moment)
}

/** Polls as the server prefers, if this polls at all. Answers about a session may be held, a list is given at once. */
export function prefer(state: State, mode: string): State {
  if (state.polling !== 'poll' && state.polling !== 'wait') return state
  return { ...state, polling: mode === 'wait' && state.scope === 'session' ? 'wait' : 'poll' }
}

function planPoll(state: State, changed: boolean, now: number): State {
  if (!isFollowing(state) || state.polling === 'off') return state
  if (state.polling === 'once') return { ...state, polling: 'off' }
  // A wait that was held may follow at once; one answered early with nothing new was not, and is paced like a poll.
  const held = changed || now - state.pollSentAt >= state.pollMs
  const atOnce = state.polling === 'wait' && held && state.slowdown === 1
  return timer(state, 'poll', now + pace(state, atOnce ? WAIT_GAP_MS : pollMs(state)))
}
