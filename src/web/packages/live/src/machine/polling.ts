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
import { learnAt } from './learn.ts'
import { arrived, closeStream, fail, pace, pollMs } from './life.ts'
import { type Reason, type State, isFollowing, timer } from './state.ts'

const SERVER_REASONS = ['flag_off', 'kill_switch', 'flags_unavailable', 'buffered', 'at_capacity', 'draining', 'replaced'] as const

/** Whether polls are only checks here, never the fallback. */
export function asksOnly({ transport, pollOnly }: State): boolean {
  return transport === 'stream' && !pollOnly
}

/** Whether the client's side allows a stream. */
export function mayStream({ transport, pollOnly, streamSupported }: State): boolean {
  return transport !== 'poll' && !pollOnly && streamSupported
}

/** Starts polling at `at`, unless it is running. */
export function startPolling(state: State, at: number): State {
  const polling = asksOnly(state) ? 'once' : 'poll'
  if (polling === 'poll' && (state.polling === 'poll' || state.polling === 'wait')) return state
  return state.asking ? { ...state, polling } : timer({ ...state, polling }, 'poll', at)
}

/** Handles the poll timer. One poll at a time: the next is scheduled when this one ends. */
export function poll(state: State, now: number): State {
  if (state.polling === 'off' || state.asking) return state
  return timer({ ...state, asking: true, pollNr: state.pollNr + 1, pollSentAt: now }, 'poll')
}

export function pollAnswered(state: State, answer: PollAnswer, moment: Moment): State {
  if (!state.asking) return state
  const { now, random } = moment
  const idle = { ...state, asking: false }
  if (answer.kind === 'failed') {
    if (answer.refused) return fail(idle, answer.reason)
    const pollReason = state.stream === 'proven' ? undefined : answer.reason
    const failed = holdOff({ ...idle, pollReason }, answer.retryMs ?? 0, now)
    // Without a network only polls show that a server on this machine is there.
    if (state.polling === 'once' && state.online) return { ...failed, polling: 'off' }
    if (answer.slower && state.lastAt !== undefined && !state.stale) {
      return slowDown({ ...failed, pollReason: state.pollReason }, answer.retryMs, moment)
    }
    const pollFailures = state.pollFailures + 1
    // Never sooner than our own delay: a date in the past, with a clock that is ahead, would cause a loop without a pause.
    const ms = pace(state, Math.max(answer.retryMs ?? 0, backoffMs(pollFailures, random)))
    return timer({ ...failed, pollFailures }, 'poll', now + ms)
  }
  let next: State = {
    ...arrived(idle, now),
    pollFailures: 0,
    pollReason: undefined,
    etag: answer.etag ?? state.etag,
    pollMs: answer.pollMs ?? DEFAULT_POLL_MS,
    // Beside a stream, its statuses matter.
    flow: state.stream === 'proven' ? state.flow : { ...state.flow, behindMs: 0 },
    slowdown: Math.max(1, state.slowdown * SLOWDOWN_EASE),
  }
  const wasAway = state.pollFailures > 0 && state.stream === 'closed' && !state.barred && mayStream(state)
  if (wasAway) next = startOver(next, moment)
  next = obey(next, answer.transport, moment)
  next = learnAt(next, answer.jobs, now)
  return planPoll(next, next.job !== state.job || next.jobs !== state.jobs, now)
}

/** Handles a 429: polls less often. While some polls succeed, what is shown is up to date. */
function slowDown(state: State, retryMs = 0, { now, random }: Moment): State {
  const slower = { ...state, slowdown: Math.min(MAX_SLOWDOWN, state.slowdown * 2) }
  // Tabs that were refused together must not poll together again.
  return timer(slower, 'poll', now + pace(slower, Math.max(retryMs, pollMs(slower))) + random * HERD_JITTER_MS)
}

/** Whether the path passes polls but holds events back. */
export function isMutePath({ mutes }: State): boolean {
  return mutes >= MAX_MUTES
}

export function openSoon(state: State, { now, random }: Moment): State {
  return reopenIn(state, random * HERD_JITTER_MS, now)
}

/** Schedules the stream in `ms`, not before `notBefore`. A paused page opens it when it resumes. */
export function reopenIn(state: State, ms: number, now: number): State {
  const notBefore = Math.max(now + ms, state.notBefore)
  return timer({ ...state, notBefore }, 'stream', state.life === 'paused' ? undefined : notBefore)
}

/** Notes that the server wants no stream for `ms`. */
export function holdOff(state: State, ms: number, now: number): State {
  if (state.due.stream !== undefined) return reopenIn(state, ms, now)
  return { ...state, notBefore: Math.max(now + ms, state.notBefore) }
}

/** Maps a reason of the server to a known one. */
export function serverReason(word: string): Reason {
  return SERVER_REASONS.find((reason) => reason === word) ?? 'server'
}

/** Whether newer streams of this person replaced this one; it streams again only when the page is shown or on request. */
export function isReplaced({ barred, fallback }: State): boolean {
  return barred && fallback === 'replaced'
}

/** Polls instead of streaming, until the server allows streams again. */
export function bar(state: State, reason: string, moment: Moment): State {
  const barred = timer({ ...closeStream(state), barred: true, fallback: serverReason(reason) }, 'stream')
  return asksOnly(state) && !isReplaced(barred) ? probeLater(barred, moment) : barred
}

/** Tries the stream as soon as allowed; polling goes on until it delivers. */
function startOver(state: State, moment: Moment): State {
  // After failures, or on a path that held events back, it is a probe: polling stays the fallback.
  const probed = state.probes > 0 && state.notBefore > moment.now ? (state.streamReason ?? 'server') : undefined
  const fallback = state.fallback === 'buffered' ? 'buffered' : isMutePath(state) ? 'mute' : probed
  const streamReason = state.failures > 0 ? state.streamReason : fallback
  return openSoon({ ...state, barred: false, fallback, streamReason }, moment)
}

/** Handles that the server allows streams again: its refusals were no failures, but the path is not proven yet. */
export function allow(state: State, moment: Moment): State {
  const probes = Math.max(state.probes, Number(state.failures > 0))
  return startOver({ ...state, failures: 0, probes }, moment)
}

/** Polls because a person chose it, until `retryNow`. */
export function choosePolling(state: State, now: number): State {
  const chosen: State = { ...state, pollOnly: true }
  if (!isFollowing(state)) return chosen
  // The server's decision is kept for the time after the choice.
  const fallback = state.barred ? state.fallback : 'manual'
  return startPolling(timer({ ...closeStream(chosen), fallback }, 'stream'), now)
}

/** Schedules a probe if no poll can show that the stream is allowed again. */
function probeLater(state: State, { now, random }: Moment): State {
  return reopenIn({ ...state, barred: false, probes: state.probes + 1 }, probeMs(state.probes, random), now)
}

/** Applies the server's choice of transport from a poll. A stream that delivers gets it by its own events. */
function obey(state: State, transport: Transport | undefined, moment: Moment): State {
  if (state.stream === 'proven' || !mayStream(state)) {
    return transport === undefined ? state : prefer(state, transport.mode)
  }
  if (transport === undefined) return state.barred && !isReplaced(state) ? probeLater(state, moment) : state
  if (transport.reason === 'final') return state
  // Permission to stream does not end a replacement by a newer stream.
  if (isReplaced(state)) return transport.mode === 'stream' ? state : prefer(state, transport.mode)
  if (transport.mode === 'stream') {
    const polled = prefer(state, transport.mode)
    return state.barred && moment.now >= state.notBefore ? allow(polled, moment) : polled
  }
  // `client` repeats this client's own request; it is no refusal.
  if (transport.reason === 'client') return prefer(state, transport.mode)
  const polled = prefer(asksOnly(state) ? state : { ...state, polling: 'poll' }, transport.mode)
  return bar(polled, transport.reason, moment)
}

/** Sets the kind of polls that the server prefers. Polls of a job may be long polls, those of a list not. */
export function prefer(state: State, mode: string): State {
  if (state.polling !== 'poll' && state.polling !== 'wait') return state
  return { ...state, polling: mode === 'wait' && state.scope === 'job' ? 'wait' : 'poll' }
}

function planPoll(state: State, changed: boolean, now: number): State {
  if (!isFollowing(state) || state.polling === 'off') return state
  if (state.polling === 'once') return { ...state, polling: 'off' }
  // A long poll that was held may follow at once; one with an early empty response waits as a poll does.
  const held = changed || now - state.pollSentAt >= state.pollMs
  const atOnce = state.polling === 'wait' && held && state.slowdown === 1
  return timer(state, 'poll', now + pace(state, atOnce ? WAIT_GAP_MS : pollMs(state)))
}
