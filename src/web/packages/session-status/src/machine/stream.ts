import {
  FIRST_EVENT_MS,
  HERD_JITTER_MS,
  MAX_STREAM_FAILURES,
  PROOF_GAP_MS,
  STABLE_MS,
  backoffMs,
  probeMs,
  silenceMs,
} from '../timing.ts'
import type { Goodbye, StreamEvent } from '../wire.ts'
import { learnSegments, learnStatus, syncSegments } from './learn.ts'
import { closeStream, fail } from './life.ts'
import { type Moment, type Step, chain, step } from './messages.ts'
import { startPolling, stopPolling } from './polling.ts'
import { bar } from './server.ts'
import type { Reason, State } from './state.ts'

/** Opens a stream, or settles for polling where there can be none. */
export function openStream(state: State): Step {
  if (!state.streamSupported) return startPolling({ ...state, fallback: 'unsupported', barred: true })
  return step(
    { ...state, stream: 'opening', firstEventAt: undefined, lastEventAt: undefined, nextRetryAt: undefined },
    { type: 'stop_timer', name: 'stream' },
    {
      type: 'open_stream',
      lastEventId: state.status?.version,
      from: state.wantsSegments ? state.segments.length : undefined,
    },
    { type: 'start_timer', name: 'first', ms: FIRST_EVENT_MS },
  )
}

/** Opens the stream again after `ms`. */
function reopenIn(state: State, ms: number, now: number): Step {
  const at = Math.max(now + ms, state.notBefore)
  return step({ ...state, nextRetryAt: at }, { type: 'start_timer', name: 'stream', ms: at - now })
}

/** The stream broke, stayed mute or fell silent: poll at once, which also tells why, and try again later. */
export function streamFailed(state: State, reason: Reason, { now, random }: Moment): Step {
  if (state.stream === 'closed') return step(state)
  const failures = state.failures + 1
  const probing = state.fallback !== undefined
  // A path that swallows events does not mend in a second, and each try would keep the reader waiting.
  const swallowed = reason === 'mute' || (reason === 'stalled' && !isStable(state))
  const settled = probing || swallowed || failures >= MAX_STREAM_FAILURES
  const delay = settled ? probeMs(state.probes, random) : backoffMs(failures, random)
  return chain(
    closeStream({ ...state, failures, reason }),
    (s) =>
      reopenIn(
        settled ? { ...s, fallback: s.fallback ?? reason, probes: s.probes + 1 } : s,
        delay,
        now,
      ),
    startPolling,
  )
}

export function streamEvent(state: State, event: StreamEvent, moment: Moment): Step {
  if (state.stream === 'closed') return step(state)
  return chain(
    heard(event.name === 'hello' ? { ...state, heartbeatMs: event.heartbeatMs } : state, moment.now),
    (s) => {
      switch (event.name) {
        case 'status':
          return learnStatus(s, event.status)
        case 'segments':
          return learnSegments(s, event.segments)
        case 'goodbye':
          return goodbye(s, event.goodbye, moment)
        default:
          return step(s)
      }
    },
  )
}

/** Whether events have kept coming for long enough to forgive what was before. */
function isStable({ firstEventAt, lastEventAt }: State): boolean {
  return firstEventAt !== undefined && lastEventAt !== undefined && lastEventAt - firstEventAt >= STABLE_MS
}

/** Any event shows that the path delivers; enough of them prove it. */
function heard(state: State, now: number): Step {
  const firstEventAt = state.firstEventAt ?? now
  const probing = state.fallback !== undefined
  const proven = state.stream === 'proven' || !probing || now - firstEventAt >= PROOF_GAP_MS
  const alive: State = { ...state, firstEventAt, lastEventAt: now }
  const next = isStable(alive) ? { ...alive, failures: 0, probes: 0 } : alive
  if (!proven) {
    // The second event is due a second after the first; until then polling goes on.
    return step(next, { type: 'start_timer', name: 'first', ms: FIRST_EVENT_MS })
  }
  return chain(
    step(
      { ...next, stream: 'proven', fallback: undefined, reason: undefined },
      { type: 'stop_timer', name: 'first' },
      { type: 'start_timer', name: 'silence', ms: silenceMs(next.heartbeatMs) },
    ),
    stopPolling,
  )
}

function goodbye(state: State, { reason, next, retry_after_ms }: Goodbye, { now, random }: Moment): Step {
  const retryMs = retry_after_ms ?? 0
  if (reason === 'signed_out') return fail(state, 'signed_out')
  if (next === 'none') {
    // Only a payload ends a session: if the final status was lost on the way, a poll brings it.
    return chain(closeStream(state), startPolling)
  }
  if (next === 'stream') {
    // Not a failure: the server rotates its streams. Its delay is spread once more, as all readers hear it together.
    return chain(closeStream({ ...state, reason: reason === 'draining' ? 'draining' : 'max_age' }), (s) =>
      reopenIn(s, retryMs + random * HERD_JITTER_MS, now),
    )
  }
  return chain(
    bar({ ...state, notBefore: now + retryMs }, reason),
    // Spread over the server's delay: a kill switch reaches every reader in the same second.
    (s) => step({ ...s, polling: next === 'wait' ? 'wait' : 'poll' }),
    syncSegments,
    (s) => step(s, { type: 'start_timer', name: 'poll', ms: random * retryMs }),
  )
}
