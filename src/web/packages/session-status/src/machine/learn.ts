import { type Segment, type SessionStatus, appendSegments, isFinal, newest } from '../status.ts'
import { MAX_TRANSCRIPT_FAILURES, backoffMs } from '../timing.ts'
import { finish } from './life.ts'
import { type Moment, type Step, chain, step } from './messages.ts'
import type { State } from './state.ts'

/** Takes a status from anywhere. An older or equal version changes nothing; a final one ends the following. */
export function learnStatus(state: State, incoming: SessionStatus): Step {
  const status = newest(state.status, incoming)
  if (status === state.status) return syncSegments(state)
  // A new attempt goes on from what was kept; what it did not keep is said again.
  const restarted = state.status !== undefined && status.attempt > state.status.attempt
  const segments =
    restarted && status.segments < state.segments.length ? state.segments.slice(0, status.segments) : state.segments
  return chain(
    step({ ...state, status, segments, transcriptFailures: 0 }),
    (s) => (isFinal(status) ? finish(s) : step(s)),
    syncSegments,
  )
}

export function learnSegments(state: State, incoming: readonly Segment[]): Step {
  const segments = appendSegments(state.segments, incoming)
  const last = incoming.at(-1)
  const next = segments === state.segments ? state : { ...state, segments }
  const gap = last !== undefined && last.index >= segments.length
  return gap ? fetchTranscript(next) : step(next)
}

/** Reads the segments that the status counts and nobody has sent. A proven stream sends them by itself. */
export function syncSegments(state: State): Step {
  if (state.life === 'open' && state.stream === 'proven') return step(state)
  if ((state.status?.segments ?? 0) <= state.segments.length) return step(state)
  return fetchTranscript(state)
}

function fetchTranscript(state: State): Step {
  const blocked =
    !state.wantsSegments || state.transcriptInFlight || state.transcriptFailures > 0 || state.life === 'failed'
  if (blocked) return step(state)
  return step(
    { ...state, transcriptInFlight: true },
    { type: 'stop_timer', name: 'transcript' },
    { type: 'fetch_transcript', from: state.segments.length },
  )
}

export function transcriptAnswered(state: State, incoming: readonly Segment[] | undefined, moment: Moment): Step {
  if (!state.transcriptInFlight) return step(state)
  const segments = appendSegments(state.segments, incoming ?? [])
  const idle = { ...state, segments, transcriptInFlight: false }
  // An answer that brings nothing counts as a failure, or a count that is ahead of its segments would be asked for ever.
  if (segments !== state.segments) return syncSegments({ ...idle, transcriptFailures: 0 })
  const transcriptFailures = state.transcriptFailures + 1
  if (transcriptFailures >= MAX_TRANSCRIPT_FAILURES) return step({ ...idle, transcriptFailures })
  const ms = backoffMs(transcriptFailures, moment.random)
  return step({ ...idle, transcriptFailures }, { type: 'start_timer', name: 'transcript', ms })
}

/** The transcript timer is due: ask once more for what is still missing. */
export function retryTranscript(state: State): Step {
  const { transcriptFailures } = state
  return chain(syncSegments({ ...state, transcriptFailures: 0 }), (s) => step({ ...s, transcriptFailures }))
}
