import { type Segment, type SessionStatus, appendSegments, isFinal, newest } from '../status.ts'
import { MAX_LAST_TRANSCRIPT_FAILURES, WITHHELD_MS, backoffMs } from '../timing.ts'
import { seenElsewhere } from './flow.ts'
import type { Moment, TranscriptAnswer } from './input.ts'
import { finish } from './life.ts'
import { type State, isFollowing, timer } from './state.ts'

/** Takes statuses from any source. Ignores versions that are not newer; a final status ends the following. */
export function learn(state: State, incoming: readonly SessionStatus[]): State {
  if (state.scope === 'session') return incoming.reduce(learnOne, state)
  const newer = incoming.filter((status) => newest(state.statuses.get(status.session_id), status) === status)
  if (newer.length === 0) return state
  const statuses = new Map(state.statuses)
  for (const status of newer) statuses.set(status.session_id, newest(statuses.get(status.session_id), status))
  return { ...state, statuses }
}

/** The same for statuses that did not come by the stream, which show how fast the path can be. Not for the list. */
export function learnAt(state: State, incoming: readonly SessionStatus[], now: number): State {
  const next = learn(state, incoming)
  const { status } = next
  return status === undefined || status === state.status ? next : { ...next, flow: seenElsewhere(next.flow, status, now) }
}

function learnOne(state: State, incoming: SessionStatus): State {
  const status = newest(state.status, incoming)
  if (status === state.status) return syncSegments(state)
  const next = { ...state, status }
  if (isFinal(status) && isFollowing(state)) return syncSegments(finish(next))
  if (state.status === undefined || status.attempt === state.status.attempt) return syncSegments(next)
  // A new attempt resumes from the segments that were kept; the others come again.
  const segments = state.segments.slice(0, status.segments)
  return readAgain(segments.length < state.segments.length ? { ...next, segments } : next)
}

export function learnSegments(state: State, incoming: readonly Segment[]): State {
  const segments = appendSegments(state.segments, incoming)
  const last = incoming.at(-1)
  const next = segments === state.segments ? state : waitNoMore({ ...state, segments })
  return last !== undefined && last.index >= segments.length ? readTranscript(next) : next
}

/** Reads the segments that the status counts and that are missing. A proven stream sends them by itself. */
export function syncSegments(state: State): State {
  return state.stream === 'proven' ? state : readMissing(state)
}

/** Handles the transcript timer: requests missing segments again, because a stream does not send them a second time. */
export function readMissing(state: State): State {
  return (state.status?.segments ?? 0) > state.segments.length ? readTranscript(state) : state
}

/** Resets the failures of the transcript, because there is a reason that it can be read now. */
export function readAgain(state: State): State {
  return syncSegments(waitNoMore(state))
}

function waitNoMore(state: State): State {
  return timer({ ...state, transcriptFailures: 0 }, 'transcript')
}

/** Starts a request for segments, unless one runs or the next try is scheduled. */
function readTranscript(state: State): State {
  const { life, wantsSegments, readingTranscript, transcriptFailures, due } = state
  const may = life === 'done' ? transcriptFailures < MAX_LAST_TRANSCRIPT_FAILURES : isFollowing(state)
  if (!may || !wantsSegments || readingTranscript || due.transcript !== undefined) return state
  return { ...state, readingTranscript: true }
}

export function transcriptAnswered(state: State, answer: TranscriptAnswer, { now, random }: Moment): State {
  if (!state.readingTranscript) return state
  const segments = appendSegments(state.segments, answer.segments ?? [])
  const idle = { ...state, segments, readingTranscript: false }
  if (segments !== state.segments) return readAgain(idle)
  // Segments exist before they are counted, so the server withholds these: request them now and then, and at the end.
  if (answer.segments?.length === 0 && isFollowing(state)) return timer(idle, 'transcript', now + WITHHELD_MS)
  // A response without new segments is a failure, or a wrong count would cause requests for ever.
  const transcriptFailures = state.transcriptFailures + 1
  const failed = { ...idle, transcriptFailures }
  if (state.life === 'done' && transcriptFailures >= MAX_LAST_TRANSCRIPT_FAILURES) return failed
  return timer(failed, 'transcript', now + Math.max(answer.retryMs ?? 0, backoffMs(transcriptFailures, random)))
}
