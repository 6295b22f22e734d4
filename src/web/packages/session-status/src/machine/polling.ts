import { DEFAULT_POLL_MS, HERD_JITTER_MS, WAIT_GAP_MS, backoffMs } from '../timing.ts'
import type { Transport } from '../wire.ts'
import { learnStatus, syncSegments } from './learn.ts'
import { fail } from './life.ts'
import { type Moment, type PollAnswer, type Step, chain, step } from './messages.ts'
import { bar } from './server.ts'
import type { Reason, State } from './state.ts'

/** Polls now, unless polling is already going on. */
export function startPolling(state: State): Step {
  if (state.polling !== 'off') return step(state)
  return step({ ...state, polling: 'poll' }, { type: 'start_timer', name: 'poll', ms: 0 })
}

export function stopPolling(state: State): Step {
  if (state.polling === 'off') return step(state)
  return step(
    { ...state, polling: 'off', pollInFlight: false, pollFailures: 0 },
    { type: 'stop_timer', name: 'poll' },
    { type: 'abort_poll' },
  )
}

/** The poll timer is due. One poll at a time: the next one is planned when this one is answered. */
export function poll(state: State, now: number): Step {
  if (state.polling === 'off' || state.pollInFlight) return step(state)
  return step(
    { ...state, pollInFlight: true, pollSentAt: now },
    { type: 'stop_timer', name: 'poll' },
    { type: 'poll', etag: state.etag, wait: state.polling === 'wait' },
  )
}

export function pollAnswered(state: State, answer: PollAnswer, moment: Moment): Step {
  if (!state.pollInFlight) return step(state)
  const idle = { ...state, pollInFlight: false }
  switch (answer.kind) {
    case 'refused':
      return fail(idle, answer.reason)
    case 'failed': {
      const pollFailures = state.pollFailures + 1
      const ms = answer.retryMs ?? backoffMs(pollFailures, moment.random)
      const notBefore = Math.max(state.notBefore, moment.now + (answer.retryMs ?? 0))
      return step(
        { ...idle, pollFailures, notBefore, reason: answer.reason },
        { type: 'start_timer', name: 'poll', ms },
      )
    }
    case 'ok': {
      const known = {
        ...idle,
        pollFailures: 0,
        etag: answer.etag ?? state.etag,
        pollMs: answer.pollMs ?? DEFAULT_POLL_MS,
      }
      const back = state.pollFailures > 0 && !FAULTS_OF_THE_STREAM.has(state.fallback)
      return chain(
        back ? reconnectSoon(known, moment) : step(known),
        (s) => obey(s, answer.transport, moment),
        (s) => (answer.status === undefined ? syncSegments(s) : learnStatus(s, answer.status)),
        (s) => planPoll(s, answer.status !== undefined, moment.now),
      )
    }
  }
}

/** A path that takes polls and no events: that polls go through again says nothing about it. */
const FAULTS_OF_THE_STREAM: ReadonlySet<Reason | undefined> = new Set(['mute', 'stalled'])

/** The server was away as a whole, and is back: attempts made meanwhile do not count against the stream. */
function reconnectSoon(state: State, moment: Moment): Step {
  if (state.barred || state.stream !== 'closed') return step(state)
  return openSoon({ ...state, failures: 0, probes: 0, fallback: undefined }, moment)
}

function openSoon(state: State, { now, random }: Moment): Step {
  const ms = random * HERD_JITTER_MS
  return step({ ...state, nextRetryAt: now + ms }, { type: 'start_timer', name: 'stream', ms })
}

/** The server's choice of transport, taken from the header of a poll. */
function obey(state: State, transport: Transport | undefined, { now, random }: Moment): Step {
  if (transport === undefined || transport.reason === 'final' || !state.streamSupported) return step(state)
  if (transport.mode === 'stream') {
    if (!state.barred || now < state.notBefore) return step({ ...state, polling: 'poll' })
    // Allowed again. Polling goes on until the stream has proven itself.
    return openSoon({ ...state, barred: false, polling: 'poll' }, { now, random })
  }
  const polling = { ...state, polling: transport.mode }
  // `client` repeats what this client asked for; it is no refusal.
  return transport.reason === 'client' ? step(polling) : bar(polling, transport.reason)
}

function planPoll(state: State, changed: boolean, now: number): Step {
  if (state.life !== 'open' || state.polling === 'off') return step(state)
  // A wait that was held may follow at once; one answered early with nothing new was not held, and is paced like a poll.
  const held = changed || now - state.pollSentAt >= state.pollMs
  const ms = state.polling === 'wait' && held ? WAIT_GAP_MS : state.pollMs
  return step(state, { type: 'start_timer', name: 'poll', ms })
}
