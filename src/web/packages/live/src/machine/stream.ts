import {
  ASK_MS,
  BRIDGE_MS,
  FIRST_EVENT_MS,
  HERD_JITTER_MS,
  MAX_STREAM_FAILURES,
  MOMENT_MS,
  OUTLIVE,
  PROOF_GAP_MS,
  SNAPSHOT_MS,
  STABLE_MS,
  SUSPECT_MS,
  TRUST_MS,
  backoffMs,
  probeMs,
  silenceMs,
  spreadMs,
} from '../timing.ts'
import type { Goodbye, StreamEvent } from '../wire.ts'
import { acquit, flowOn, isSuspect, isTooSlow, patienceMs } from './flow.ts'
import type { Failure, Moment, PollAnswer } from './input.ts'
import { learn } from './learn.ts'
import { arrived, closeStream, fail, pollMs } from './life.ts'
import { asksOnly, bar, holdOff, isMutePath, mayStream, poll, prefer, reopenIn, serverReason, startPolling } from './polling.ts'
import { type Reason, type State, timer } from './state.ts'

/** Opens a stream, or polls if there can be none. */
export function openStream(state: State, now: number): State {
  if (state.barred) return startPolling(state, now)
  if (!mayStream(state)) {
    return startPolling({ ...state, fallback: state.streamSupported ? 'manual' : 'unsupported' }, now)
  }
  const opened = watch(
    timer({ ...state, stream: 'opening', streamNr: state.streamNr + 1, firstEventAt: undefined }, 'stream'),
    { now, random: 0 },
  )
  // So that a slow or silent path does not delay the first status.
  const hasJob = state.scope === 'job' ? state.job !== undefined : state.jobs.size > 0
  return hasJob || state.polling !== 'off' ? opened : timer({ ...opened, polling: 'once' }, 'poll', now + SNAPSHOT_MS)
}

/** Sets the watchdog of the open stream. A hidden page has none, because its timers and events are late. */
export function watch(state: State, moment: Moment): State {
  const { now } = moment
  if (state.presence !== 'shown') return state
  if (state.stream === 'opening') return timer(state, 'first', now + FIRST_EVENT_MS)
  const guarded = timer(timer(state, 'first'), 'silence', now + silenceMs(state.heartbeatMs))
  // A running check is not postponed by further events.
  return state.scope === 'list' || state.flow.owed !== undefined ? guarded : askLater(guarded, moment)
}

/** Schedules a check (a poll beside the stream) for when it is silent for longer than usual. */
function askLater(state: State, { now, random }: Moment): State {
  const ms = patienceMs(state.flow)
  return askBeside(state, now + ms + spreadMs(ms, random))
}

/** Schedules a check, but not before the server allows another poll. */
function askBeside(state: State, at: number): State {
  return timer(state, 'ask', Math.max(state.notBefore, at))
}

/** Handles a stream that broke or stayed silent: polls, which also shows the reason, and tries again later. */
export function streamFailed(state: State, reason: Reason, { now, random }: Moment, askAt = now): State {
  if (state.stream === 'closed') return state
  const failures = state.failures + 1
  const closed = closeStream({ ...swallowed(state, reason, now), failures, streamReason: reason })
  const struck = failures >= MAX_STREAM_FAILURES || isMutePath(closed) || state.probes > 0
  const settled = state.fallback !== undefined || (struck && state.transport === 'auto')
  if (!settled) return startPolling(reopenIn(closed, backoffMs(failures, random), now), askAt)
  const polled = { ...closed, fallback: reason, probes: state.probes + 1 }
  return startPolling(reopenIn(polled, probeMs(state.probes, random), now), askAt)
}

/** Handles the end of a stream whose reason may be known from its response. */
export function streamEnded(state: State, { reason, retryMs = 0, refused }: Failure, moment: Moment): State {
  return refused ? fail(state, reason) : streamFailed(holdOff(state, retryMs, moment.now), reason, moment)
}

/** Counts a stream whose events were held back, and records how long it had delivered. */
function swallowed(state: State, reason: Reason, now: number): State {
  if (reason !== 'mute' && reason !== 'stalled' && reason !== 'buffered') return state
  const livedMs = now - (state.firstEventAt ?? now)
  return { ...state, mutes: state.mutes + 1, outliveMs: Math.max(state.outliveMs, OUTLIVE * livedMs) }
}

/** Resets the failures: the path delivers. */
function forgive(state: State): State {
  return { ...state, mutes: 0, outliveMs: STABLE_MS }
}

export function streamEvent(state: State, event: StreamEvent, id: string | undefined, moment: Moment): State {
  if (state.stream === 'closed') return state
  const { now } = moment
  const heartbeatMs = event.name === 'hello' ? event.heartbeatMs : state.heartbeatMs
  // In the list each status may come from another worker, so only the web process's clock counts.
  const isTimed = state.scope === 'job' || event.name !== 'status'
  const flow = isTimed ? flowOn(state.flow, event, now, state.presence === 'shown') : state.flow
  const next = heard({ ...state, flow, heartbeatMs, lastEventId: id || state.lastEventId }, moment)
  const learned = event.name === 'status' ? learn(next, [event.job]) : next
  // Without polling as an alternative, another stream would be no better.
  const mayLeave = !asksOnly(state)
  if (event.name === 'heartbeat' && mayLeave && isTooSlow(flow, now)) return streamFailed(learned, 'buffered', moment)
  if (event.name === 'status') return mayLeave && isSuspect(learned.flow, now) ? suspect(learned, moment) : learned
  return event.name === 'goodbye' ? goodbye(next, event.goodbye, moment) : next
}

/** Schedules a poll that checks whether the path holds late statuses back. */
function suspect(state: State, { now, random }: Moment): State {
  return askBeside({ ...state, flow: { ...state.flow, owed: 0 } }, now + SUSPECT_MS + random * HERD_JITTER_MS)
}

/** Handles the check timer: one poll shows whether there was nothing new, or the path holds it back. */
export function ask(state: State, moment: Moment): State {
  const { flow, job, lastEventAt = 0 } = state
  const { now, random } = moment
  if (flow.owed) {
    // It delivers events, but not this status.
    const reason = now - lastEventAt < ASK_MS ? 'buffered' : 'stalled'
    return streamFailed(state, reason, moment, now + spreadMs(pollMs(state), random))
  }
  const isWorth = flow.owed === 0 || job?.state === 'processing'
  return isWorth && state.polling === 'off' ? poll({ ...state, polling: 'once' }, now) : state
}

/** Handles the result of a check: the stream has a moment to deliver what the poll found. */
export function compare(state: State, { kind }: PollAnswer, moment: Moment): State {
  const { now } = moment
  const { scope, stream, presence, due, flow, job, lastEventAt = now } = state
  // Something came meanwhile, or the page is hidden.
  if (scope === 'list' || stream !== 'proven' || presence !== 'shown' || due.ask !== undefined) return state
  // Without a response nothing is known.
  if (kind === 'failed') return askLater(state, moment)
  const owed = job?.version ?? 0
  if (owed > flow.version) return timer({ ...state, flow: { ...flow, owed } }, 'ask', now + MOMENT_MS)
  // There was nothing new: such a silence is usual.
  const usual = { ...acquit(flow), gapMs: Math.max(flow.gapMs, now - lastEventAt) }
  return askLater({ ...state, flow: usual }, moment)
}

/** Handles an event: the first makes the stream live, and two that are apart prove it. */
function heard(state: State, moment: Moment): State {
  const { now } = moment
  const firstEventAt = state.firstEventAt ?? now
  const livedMs = now - firstEventAt
  const probing = state.fallback !== undefined
  let next: State = { ...state, firstEventAt, lastEventAt: now }
  if (livedMs >= STABLE_MS) next = { ...next, failures: 0, excused: false }
  if (livedMs >= Math.max(TRUST_MS, state.outliveMs)) next = { ...next, probes: 0 }
  if (livedMs >= state.outliveMs) next = forgive(next)
  next = arrived(next, now)
  // The second event is due a second after the first; until then polling goes on.
  if (state.stream === 'opening' && probing && livedMs < PROOF_GAP_MS) return watch(next, moment)
  next = watch({ ...next, stream: 'proven', fallback: undefined, streamReason: undefined }, moment)
  if (state.stream === 'proven') return next
  const silent = timer({ ...next, polling: 'off', asking: false, pollFailures: 0, pollReason: undefined }, 'poll')
  // One more poll after the fallback, for what came during the change.
  return probing ? timer({ ...silent, polling: 'once' }, 'poll', now) : silent
}

function goodbye(state: State, { reason, next, retry_after_ms }: Goodbye, moment: Moment): State {
  const { now, random } = moment
  const retryMs = retry_after_ms ?? 0
  if (reason === 'signed_out') return fail(state, 'signed_out')
  // Only a document ends a job: if the final one was lost, a poll gets it.
  if (next === 'none') return streamFailed(state, 'server', moment)
  // A goodbye right after the start counts as a failure, or that might repeat for ever.
  const lived = now - (state.firstEventAt ?? now) >= STABLE_MS
  if (next === 'stream') {
    const why = reason === 'draining' ? 'draining' : 'max_age'
    // The server's delay is spread once more, because all clients get it together.
    const ms = retryMs + random * HERD_JITTER_MS
    if (!lived) return streamFailed(holdOff(state, ms, now), why, moment)
    // A stream that the server ends for its age cannot live longer, so stalls are reset.
    const forgiven = why === 'max_age' ? forgive(state) : state
    const rotated = reopenIn(closeStream({ ...forgiven, streamReason: why }), ms, now)
    return ms > BRIDGE_MS ? startPolling(rotated, now + random * HERD_JITTER_MS) : rotated
  }
  // Spread over the server's delay: a kill switch reaches every client in the same second.
  const askAt = now + random * retryMs
  const ended = lived || reason === 'replaced' ? startPolling(state, askAt) : streamFailed(state, serverReason(reason), moment, askAt)
  return prefer(bar(holdOff(ended, retryMs, now), reason, moment), next)
}
