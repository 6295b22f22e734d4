import {
  ASK_MS,
  BRIDGE_MS,
  FIRST_EVENT_MS,
  HERD_JITTER_MS,
  MAX_PROOF_MS,
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
import { isNewer } from '../job.ts'
import type { Goodbye, StreamEvent } from '../wire.ts'
import { excuseLag, flowOn, isSuspect, isTooSlow, patienceMs } from './flow.ts'
import type { Failure, Moment, PollAnswer } from './input.ts'
import { learn } from './learn.ts'
import { arrived, closeStream, fail, pollMs } from './life.ts'
import {
  fallBack,
  holdOff,
  isMutePath,
  isRefused,
  isSilent,
  isStreamOnly,
  mayStream,
  poll,
  prefer,
  refuseStreams,
  reopenIn,
  serverReason,
  startPolling,
} from './polling.ts'
import { OFF, type Path, type Reason, type State, type Stream, timer, withPath, withPoll, withStream } from './state.ts'

/** Opens a stream, or polls if there can be none. */
export function openStream(state: State, now: number): State {
  if (isRefused(state)) return startPolling(state, now)
  if (!mayStream(state)) return startPolling(fallBack(state, state.streamSupported ? 'manual' : 'unsupported'), now)
  const opening = withStream(state, { kind: 'opening', nr: state.stream.nr + 1, firstEventAt: undefined })
  const opened = watch(timer(opening, 'reopen'), { now, random: 0 })
  // So that a slow or silent path does not delay the first status.
  const hasJob = state.scope === 'job' ? state.job !== undefined : state.jobs.size > 0
  if (hasJob || state.poll.kind !== 'none') return opened
  return timer(withPoll(opened, { kind: 'once' }), 'poll', now + SNAPSHOT_MS)
}

/** Sets the watchdog of the open stream. A hidden page has none, because its timers and events are late. */
export function watch(state: State, moment: Moment): State {
  const { now } = moment
  const { kind, heartbeatMs } = state.stream
  if (state.presence !== 'shown') return state
  if (livedMs(state.stream, now) < PROOF_GAP_MS && kind === 'opening') return timer(state, 'firstEvent', now + FIRST_EVENT_MS)
  const guarded = timer(timer(state, 'firstEvent'), 'silence', now + silenceMs(heartbeatMs))
  // A running check is not postponed by further events.
  return state.scope === 'list' || kind === 'opening' || state.flow.awaited !== undefined ? guarded : checkLater(guarded, moment)
}

/** Schedules a check (a poll beside the stream) for when it is silent for longer than usual. */
function checkLater(state: State, { now, random }: Moment): State {
  const ms = patienceMs(state.flow)
  return checkAt(state, now + ms + spreadMs(ms, random))
}

/** Schedules a check, but not before the server allows another poll. */
function checkAt(state: State, at: number): State {
  return timer(state, 'check', Math.max(state.path.notBefore, at))
}

/** Handles a stream that broke or stayed silent: polls, which also shows the reason, and tries again later. */
export function streamFailed(state: State, reason: Reason, moment: Moment, pollAt?: number): State {
  return state.stream.kind === 'closed' ? state : tryLater(countSilent(state, reason, moment.now), reason, moment, pollAt)
}

function tryLater(state: State, reason: Reason, { now, random }: Moment, pollAt = now): State {
  const failures = state.path.failures + 1
  const closed = closeStream(withStream(withPath(state, { failures }), { reason }))
  const { failedProbes } = closed.path
  const struck = failures >= MAX_STREAM_FAILURES || isMutePath(closed) || failedProbes > 0
  const settled = state.poll.fallback !== undefined || (struck && state.transport === 'auto')
  if (!settled) return startPolling(reopenIn(closed, backoffMs(failures, random), now), pollAt)
  const polled = withPath(fallBack(closed, reason), { failedProbes: failedProbes + 1 })
  return startPolling(reopenIn(polled, probeMs(failedProbes, random), now), pollAt)
}

/** Handles the end of a stream whose reason may be known from its response. */
export function streamEnded(state: State, { reason, retryMs = 0, refused }: Failure, moment: Moment): State {
  return refused ? fail(state, reason) : streamFailed(holdOff(state, retryMs, moment.now), reason, moment)
}

/** How long a stream has delivered. */
function livedMs(stream: Stream, now: number): number {
  return stream.kind === 'closed' ? 0 : now - (stream.firstEventAt ?? now)
}

/** Counts a stream whose events were held back, and records how long it had delivered. */
function countSilent(state: State, reason: Reason, now: number): State {
  if (!isSilent(reason)) return state
  const { stream, path } = state
  const outliveMs = Math.max(path.outliveMs, OUTLIVE * livedMs(stream, now))
  return withPath(state, { silentFailures: path.silentFailures + 1, outliveMs })
}

/** What resets those: the path delivers. */
const FORGIVEN = { silentFailures: 0, outliveMs: STABLE_MS }

export function streamEvent(state: State, event: StreamEvent, id: string | undefined, moment: Moment): State {
  const { stream } = state
  if (stream.kind === 'closed') return state
  const { now } = moment
  const heartbeatMs = event.name === 'hello' ? event.heartbeatMs : stream.heartbeatMs
  // In the list each status may come from another worker, so only the web process's clock counts.
  const isTimed = state.scope === 'job' || event.name !== 'status'
  const flow = isTimed ? flowOn(state.flow, event, now, state.presence === 'shown') : state.flow
  const next = received({ ...withStream(state, { heartbeatMs, lastEventId: id || stream.lastEventId }), flow }, moment)
  const learned = event.name === 'status' ? learn(next, [event.job]) : next
  // Without polling as an alternative, another stream would be no better.
  const mayLeave = !isStreamOnly(state)
  if (event.name === 'heartbeat' && mayLeave && isTooSlow(flow, now)) return streamFailed(learned, 'buffered', moment)
  if (event.name === 'status') {
    if (!mayLeave || !isSuspect(learned.flow, now)) return learned
    // The polls beside a probe have brought a newer one.
    const isOvertaken = stream.kind === 'opening' && isNewer(learned.job ?? event.job, event.job)
    return isOvertaken ? streamFailed(learned, 'buffered', moment) : suspect(learned, moment)
  }
  return event.name === 'goodbye' ? goodbye(next, event.goodbye, moment) : next
}

/** Schedules a poll that checks whether the path holds late statuses back. */
function suspect(state: State, { now, random }: Moment): State {
  return checkAt({ ...state, flow: { ...state.flow, awaited: 0 } }, now + SUSPECT_MS + random * HERD_JITTER_MS)
}

/** Handles the check timer: one poll shows whether there was nothing new, or the path holds it back. */
export function checkDue(state: State, moment: Moment): State {
  const { stream, flow, job } = state
  const { now, random } = moment
  if (flow.awaited) {
    // It delivers events, but not this status.
    const reason = stream.kind === 'live' && now - stream.lastEventAt < ASK_MS ? 'buffered' : 'stalled'
    return streamFailed(state, reason, moment, now + spreadMs(pollMs(state), random))
  }
  const isWorth = flow.awaited === 0 || job?.state === 'processing'
  return isWorth && state.poll.kind === 'none' ? poll(withPoll(state, { kind: 'once' }), now) : state
}

/** Handles the result of a check: the stream has a moment to deliver what the poll found. */
export function checkAnswered(state: State, { kind }: PollAnswer, moment: Moment): State {
  const { now } = moment
  const { scope, stream, presence, due, flow, job } = state
  // Something came meanwhile, or the page is hidden.
  if (scope === 'list' || stream.kind !== 'live' || presence !== 'shown' || due.check !== undefined) return state
  // Without a response nothing is known.
  if (kind === 'failed') return checkLater(state, moment)
  const awaited = job?.version ?? 0
  if (awaited > flow.version) return timer({ ...state, flow: { ...flow, awaited } }, 'check', now + MOMENT_MS)
  // There was nothing new: such a silence is usual.
  const usual = { ...excuseLag(flow), gapMs: Math.max(flow.gapMs, now - stream.lastEventAt) }
  return checkLater({ ...state, flow: usual }, moment)
}

/** How long a probe must deliver: until its second event, which is due in a second. Where streams stalled, longer than those. */
function proofMs({ outliveMs }: Path): number {
  return outliveMs > STABLE_MS ? Math.min(outliveMs, MAX_PROOF_MS) : PROOF_GAP_MS
}

/** Handles an event: the first makes the stream live, and two that are apart prove it. */
function received(state: State, moment: Moment): State {
  const { now } = moment
  const { stream, path } = state
  const lived = livedMs(stream, now)
  const firstEventAt = now - lived
  const probing = state.poll.fallback !== undefined
  let reset: Partial<Path> = {}
  if (lived >= STABLE_MS) reset = { failures: 0 }
  if (lived >= Math.max(TRUST_MS, path.outliveMs)) reset = { ...reset, failedProbes: 0 }
  if (lived >= path.outliveMs) reset = { ...reset, ...FORGIVEN }
  const outageExcused = lived < STABLE_MS && state.outageExcused
  const next = arrived({ ...withPath(state, reset), outageExcused }, now)
  // Until then polling goes on.
  if (stream.kind === 'opening' && probing && lived < proofMs(path)) {
    return watch(withStream(next, { kind: 'opening', firstEventAt }), moment)
  }
  const live = withStream(next, { kind: 'live', firstEventAt, lastEventAt: now, reason: undefined })
  const watched = watch(fallBack(live), moment)
  if (stream.kind === 'live') return watched
  const silent = timer(withPoll(watched, { ...OFF, failures: 0, reason: undefined }), 'poll')
  // One more poll after the fallback, for what came during the change.
  return probing ? timer(withPoll(silent, { kind: 'once' }), 'poll', now) : silent
}

function goodbye(state: State, { reason, next, retry_after_ms }: Goodbye, moment: Moment): State {
  const { now, random } = moment
  const retryMs = retry_after_ms ?? 0
  // With new credentials a poll shows whether the person is signed out, or only those of the stream have expired.
  if (reason === 'signed_out' && !state.renewsCredentials) return fail(state, 'signed_out')
  // Only a document ends a job: if the final one was lost, a poll gets it.
  if (next === 'none') return streamFailed(state, 'server', moment)
  // A goodbye right after the start counts as a failure, or that might repeat for ever.
  const lived = livedMs(state.stream, now) >= STABLE_MS
  if (next === 'stream') {
    const why = reason === 'draining' ? 'draining' : 'max_age'
    // The server's delay is spread once more, because all clients get it together.
    const ms = retryMs + random * HERD_JITTER_MS
    if (!lived) return streamFailed(holdOff(state, ms, now), why, moment)
    // A stream that the server ends for its age cannot live longer, so stalls are reset.
    const forgiven = why === 'max_age' ? withPath(state, FORGIVEN) : state
    const rotated = reopenIn(closeStream(withStream(forgiven, { reason: why })), ms, now)
    return ms > BRIDGE_MS ? startPolling(rotated, now + random * HERD_JITTER_MS) : rotated
  }
  // Spread over the server's delay: a kill switch reaches every client in the same second.
  const pollAt = now + random * retryMs
  // The server knows the path from others: this stream was not held back.
  const ended = lived || reason === 'replaced' ? startPolling(state, pollAt) : tryLater(state, serverReason(reason), moment, pollAt)
  return prefer(refuseStreams(holdOff(ended, retryMs, now), reason, moment), next)
}
