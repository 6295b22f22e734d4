import { type Segment, type SessionStatus, appendSegments, isFinal, newest } from '../status.ts'
import { MAX_LAST_TRANSCRIPT_FAILURES, WITHHELD_MS, backoffMs } from '../timing.ts'
import { knownBy } from './flow.ts'
import type { Moment, TranscriptAnswer } from './input.ts'
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

/** The same, from anywhere but the stream: it shows at least how quick news can be. Those of a list are of many workers. */
export function learnAt(state: State, incoming: readonly SessionStatus[], now: number): State {
  const next = learn(state, incoming)
  const { status } = next
  return status === undefined || status === state.status ? next : { ...next, flow: knownBy(next.flow, status, now) }
}

function learnOne(state: State, incoming: SessionStatus): State {
  const status = newest(state.status, incoming)
  if (status === state.status) return syncSegments(state)
  const next = { ...state, status }
  if (isFinal(status) && isFollowing(state)) return syncSegments(finish(next))
  if (state.status === undefined || status.attempt === state.status.attempt) return syncSegments(next)
  // A new attempt goes on from what was kept; what it did not keep is said again.
  const segments = state.segments.slice(0, status.segments)
  return readAgain(segments.length < state.segments.length ? { ...next, segments } : next)
}

export function learnSegments(state: State, incoming: readonly Segment[]): State {
  const segments = appendSegments(state.segments, incoming)
  const last = incoming.at(-1)
  const next = segments === state.segments ? state : waitNoMore({ ...state, segments })
  return last !== undefined && last.index >= segments.length ? readTranscript(next) : next
}

/** Reads the segments that the status counts and nobody has sent. A proven stream sends them by itself. */
export function syncSegments(state: State): State {
  return state.stream === 'proven' ? state : readMissing(state)
}

/** The transcript timer is due: asks once more for what is still missing, as a stream that left it out will not send it. */
export function readMissing(state: State): State {
  return (state.status?.segments ?? 0) > state.segments.length ? readTranscript(state) : state
}

/** There is a reason to think that the transcript can be read now: what failed before is forgotten. */
export function readAgain(state: State): State {
  return syncSegments(waitNoMore(state))
}

function waitNoMore(state: State): State {
  return timer({ ...state, transcriptFailures: 0 }, 'transcript')
}

/** One reading at a time, and none while the next try is yet to come. */
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
  // Words are there before they are counted, so the server keeps them back: they are asked for now and then, and at the end.
  if (answer.segments?.length === 0 && isFollowing(state)) return timer(idle, 'transcript', now + WITHHELD_MS)
  // An answer that brings nothing is a failure, or a count that is ahead of its segments would be asked for ever.
  const transcriptFailures = state.transcriptFailures + 1
  const failed = { ...idle, transcriptFailures }
  if (state.life === 'done' && transcriptFailures >= MAX_LAST_TRANSCRIPT_FAILURES) return failed
  return timer(failed, 'transcript', now + Math.max(answer.retryMs ?? 0, backoffMs(transcriptFailures, random)))
}
