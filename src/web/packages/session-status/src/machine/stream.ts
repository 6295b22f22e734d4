import {
  FIRST_EVENT_MS,
  HERD_JITTER_MS,
  MAX_MUTES,
  MAX_STREAM_FAILURES,
  PROOF_GAP_MS,
  SNAPSHOT_MS,
  STABLE_MS,
  TRUST_MS,
  backoffMs,
  probeMs,
  silenceMs,
} from '../timing.ts'
import type { Goodbye, StreamEvent } from '../wire.ts'
import type { Moment } from './input.ts'
import { learn, learnSegments, syncSegments } from './learn.ts'
import { closeStream, fail, news } from './life.ts'
import { bar, mayStream, prefer, reopenIn, startPolling } from './polling.ts'
import { type Reason, type State, timer } from './state.ts'

/** Opens a stream, or settles for polling where there can be none. */
export function openStream(state: State, now: number): State {
  if (state.barred) return startPolling(state, now)
  if (!mayStream(state)) {
    return startPolling({ ...state, fallback: state.streamSupported ? 'manual' : 'unsupported' }, now)
  }
  const opened = watch(
    timer({ ...state, stream: 'opening', streamNr: state.streamNr + 1, firstEventAt: undefined }, 'stream'),
    now,
  )
  // A path that is slow or mute should not keep the first picture from the reader.
  const known = state.scope === 'session' ? state.status !== undefined : state.statuses.size > 0
  return known || state.polling !== 'off' ? opened : timer({ ...opened, polling: 'once' }, 'poll', now + SNAPSHOT_MS)
}

/** Sets the watchdog of the stream that is open. A hidden page has none: its timers and its events come late. */
export function watch(state: State, now: number): State {
  if (state.presence !== 'shown') return state
  if (state.stream === 'opening') return timer(state, 'first', now + FIRST_EVENT_MS)
  return timer(timer(state, 'first'), 'silence', now + silenceMs(state.heartbeatMs))
}

/** The stream broke, stayed mute or fell silent: poll at once, which also tells why, and try again later. */
export function streamFailed(state: State, reason: Reason, { now, random }: Moment): State {
  if (state.stream === 'closed') return state
  const failures = state.failures + 1
  const mutes = state.mutes + Number(reason === 'mute' || reason === 'stalled')
  const closed = closeStream({ ...state, failures, mutes, reason })
  const struck = failures >= MAX_STREAM_FAILURES || mutes >= MAX_MUTES || state.probes > 0
  const settled = state.fallback !== undefined || (struck && state.transport === 'auto')
  if (!settled) return startPolling(reopenIn(closed, backoffMs(failures, random), now), now)
  const polled = { ...closed, fallback: reason, probes: state.probes + 1 }
  return startPolling(reopenIn(polled, probeMs(state.probes, random), now), now)
}

export function streamEvent(state: State, event: StreamEvent, id: string | undefined, moment: Moment): State {
  if (state.stream === 'closed') return state
  const heartbeatMs = event.name === 'hello' ? event.heartbeatMs : state.heartbeatMs
  const next = heard({ ...state, heartbeatMs, lastEventId: id || state.lastEventId }, moment.now)
  if (event.name === 'status') return learn(next, [event.status])
  if (event.name === 'segments') return learnSegments(next, event.segments)
  return event.name === 'goodbye' ? goodbye(next, event.goodbye, moment) : next
}

/** Any event shows that the path delivers; enough of them prove it. */
function heard(state: State, now: number): State {
  const firstEventAt = state.firstEventAt ?? now
  const livedMs = now - firstEventAt
  const probing = state.fallback !== undefined
  let next: State = { ...news(state, now), firstEventAt, lastEventAt: now }
  if (livedMs >= STABLE_MS) next = { ...next, failures: 0, mutes: 0 }
  if (livedMs >= TRUST_MS) next = { ...next, probes: 0 }
  // The second event is due a second after the first; until then polling goes on.
  if (state.stream === 'opening' && probing && livedMs < PROOF_GAP_MS) return watch(next, now)
  next = watch({ ...next, stream: 'proven', fallback: undefined, reason: undefined }, now)
  if (state.stream === 'proven') return next
  const silent = timer({ ...next, polling: 'off', asking: false, pollFailures: 0 }, 'poll')
  // One more poll after the fallback: what came while the two changed places is not missed.
  return probing ? timer({ ...silent, polling: 'once' }, 'poll', now) : silent
}

function goodbye(state: State, { reason, next, retry_after_ms }: Goodbye, moment: Moment): State {
  const { now, random } = moment
  const retryMs = retry_after_ms ?? 0
  if (reason === 'signed_out') return fail(state, 'signed_out')
  // Only a payload ends a session: if the final status was lost on the way, a poll brings it.
  if (next === 'none') return streamFailed(state, 'server', moment)
  if (next === 'stream') {
    const why = reason === 'draining' ? 'draining' : 'max_age'
    // The server's delay is spread once more, as all readers hear it together.
    const ms = retryMs + random * HERD_JITTER_MS
    // Rotation is no failure, unless a stream that has hardly begun is sent away: that might go on for ever.
    const lived = now - (state.firstEventAt ?? now) >= STABLE_MS
    if (!lived) return streamFailed({ ...state, notBefore: now + ms }, why, moment)
    return reopenIn(closeStream({ ...state, reason: why }), ms, now)
  }
  // Spread over the server's delay: a kill switch reaches every reader in the same second.
  const polled = startPolling(bar({ ...state, notBefore: now + retryMs }, reason, moment), now + random * retryMs)
  return syncSegments(prefer(polled, next))
}
