import { type Segment, type SessionStatus, appendSegments, isFinal, newest } from '../status.ts'
import { MAX_LAST_TRANSCRIPT_FAILURES, MAX_TRANSCRIPT_FAILURES, WITHHELD_MS, backoffMs } from '../timing.ts'
import type { Moment } from './input.ts'
import { finish } from './life.ts'
import { type State, isFollowing, timer } from './state.ts'

/** Takes statuses from anywhere. An older or equal version changes nothing; a final one ends the following. */
export function learn(state: State, incoming: readonly SessionStatus[]): State {
  if (state.scope === 'session') return incoming.reduce(learnOne, state)
  const newer = incoming.filter((status) => newest(state.statuses.get(status.session_id), status) === status)
  if (newer.length === 0) return state
  const statuses = new Map(state.statuses)
  for (const status of newer) statuses.set(status.session_id, newest(statuses.get(status.session_id), status))
  return { ...state, statuses }
}

function learnOne(state: State, incoming: SessionStatus): State {
  const status = newest(state.status, incoming)
  if (status === state.status) return syncSegments(state)
  // A new attempt goes on from what was kept; what it did not keep is said again.
  const restarted = state.status !== undefined && status.attempt > state.status.attempt
  const segments =
    restarted && status.segments < state.segments.length ? state.segments.slice(0, status.segments) : state.segments
  // What an earlier attempt kept back says nothing of this one.
  const wordsWithheld = state.wordsWithheld && status.attempt === state.status?.attempt
  const next = { ...state, status, segments, transcriptFailures: 0, wordsWithheld }
  return syncSegments(isFinal(status) && isFollowing(state) ? finish(next) : next)
}

export function learnSegments(state: State, incoming: readonly Segment[]): State {
  const segments = appendSegments(state.segments, incoming)
  const last = incoming.at(-1)
  const next = segments === state.segments ? state : { ...state, segments, wordsWithheld: false }
  return last !== undefined && last.index >= segments.length ? readTranscript(next) : next
}

/** Reads the segments that the status counts and nobody has sent. A proven stream sends them by itself. */
export function syncSegments(state: State): State {
  if (state.stream === 'proven' || (state.status?.segments ?? 0) <= state.segments.length) return state
  return readTranscript(state)
}

function readTranscript(state: State): State {
  const may = state.life === 'done' || (isFollowing(state) && !state.wordsWithheld)
  if (!may || !state.wantsSegments || state.readingTranscript || state.transcriptFailures > 0) return state
  return timer({ ...state, readingTranscript: true }, 'transcript')
}

export function transcriptAnswered(state: State, incoming: readonly Segment[] | undefined, moment: Moment): State {
  if (!state.readingTranscript) return state
  const segments = appendSegments(state.segments, incoming ?? [])
  const idle = { ...state, segments, readingTranscript: false }
  // Words are there before they are counted, so the server keeps them back.
  if (incoming?.length === 0 && isFollowing(state)) {
    return timer({ ...idle, wordsWithheld: true }, 'transcript', moment.now + WITHHELD_MS)
  }
  // An answer that brings nothing is a failure, or a count that is ahead of its segments would be asked for ever.
  if (segments !== state.segments) return syncSegments({ ...idle, transcriptFailures: 0 })
  const transcriptFailures = state.transcriptFailures + 1
  const failed = { ...idle, transcriptFailures }
  const most = state.life === 'done' ? MAX_LAST_TRANSCRIPT_FAILURES : MAX_TRANSCRIPT_FAILURES
  if (transcriptFailures >= most) return failed
  return timer(failed, 'transcript', moment.now + backoffMs(transcriptFailures, moment.random))
}

/** The transcript timer is due: ask once more for what is still missing. */
export function retryTranscript(state: State): State {
  const asked = syncSegments({ ...state, transcriptFailures: 0, wordsWithheld: false })
  return { ...asked, transcriptFailures: state.transcriptFailures }
}
