import {
  type Change,
  type Companion,
  type CompanionState,
  type Moment,
  type StreamEvent,
  backoffMs,
  isFollowing,
  retryAfter,
} from '@playhead/live'
import { type Segment, type SegmentsPart, appendSegments, parseSegments } from './segments.ts'
import type { SessionStatus } from './status.ts'

/** Between two requests for segments that the server withholds; they appear within a minute after a flag allows them. */
export const WITHHELD_MS = 60_000

/** Tries for the last segments of a final session, for about nine minutes. Before the end there is no limit. */
export const MAX_LAST_TRANSCRIPT_FAILURES = 20

/** The segments of a session, and how the missing ones are read. */
export type Transcript = CompanionState & {
  /** Of the segments. */
  readonly revision: number
  /** In order and without holes. */
  readonly segments: readonly Segment[]
  /** Requests in a row that brought nothing. */
  readonly failures: number
}

/** The result of one request for segments; without a `part` it failed. */
export interface TranscriptAnswer {
  readonly part?: SegmentsPart
  readonly retryMs?: number | undefined
}

/** Follows the segments of a session beside its status. */
export const transcript: Companion<Transcript, readonly Segment[], SegmentsPart, TranscriptAnswer> = {
  initial: (wanted) => ({ kind: 'idle', wanted, revision: 0, segments: [], failures: 0 }),
  view: ({ segments }) => segments,
  events: { segments: parseSegments },
  query: ({ revision, segments }) => ({ segments: '1', from: String(segments.length), revision: String(revision) }),
  reduce,
  async read(response, now) {
    return response.ok ? { part: parseSegments(await response.json()) } : { retryMs: retryAfter(response, now) }
  },
  lost: {},
}

function reduce(before: Transcript, change: Change, moment: Moment): Transcript {
  const { input, after } = change
  const wanted = before.wanted || input.type === 'want_companion'
  const state = ofThisAttempt(wanted === before.wanted ? before : { ...before, wanted }, change)
  // Nothing runs without subscribers, after a refusal, or in a page that is away.
  if ((after.life !== 'done' && !isFollowing(after)) || after.presence === 'away') return stop(state)
  return step(hasEnded(change) ? reset(state) : state, change, moment)
}

function step(state: Transcript, change: Change, moment: Moment): Transcript {
  const { before, after, input } = change
  switch (input.type) {
    case 'open':
      return after.life === 'done' ? readUnlessLive(state, change) : state
    case 'accept':
      return readUnlessLive(state, change)
    case 'poll_answered':
      return before.poll.inFlight && input.answer.kind === 'ok' ? readUnlessLive(state, change) : state
    case 'stream_event':
      return before.stream.kind === 'closed' ? state : onEvent(state, input.event, change)
    case 'timer':
      // A poll found that the stream holds something back.
      return input.name === 'check' ? readIfClosed(state, change) : state
    case 'want_companion':
      return readIfClosed(state, change)
    case 'look': {
      // A final session may still lack its last segments.
      const isBack = (after.presence === 'shown' && before.presence !== 'shown') || (after.online && !before.online)
      return isBack && !isFollowing(before) ? readUnlessLive(reset(state), change) : state
    }
    case 'retry_now':
      return before.life === 'failed' && isFollowing(after) ? state : readUnlessLive(reset(state), change)
    case 'companion_due':
      return readMissing({ ...state, kind: 'idle' }, change)
    case 'companion_answered':
      return answered(state, input.answer as TranscriptAnswer, change, moment)
    default:
      return state
  }
}

function onEvent(state: Transcript, event: StreamEvent, change: Change): Transcript {
  if (event.name === 'status') return readUnlessLive(state, change)
  if (event.name === 'companion') return append(state, event.event as SegmentsPart, change)
  const polls = event.name === 'goodbye' && event.goodbye.next !== 'stream' && event.goodbye.next !== 'none'
  return polls ? readIfClosed(state, change) : state
}

/** Whether this transition ended the following of the session. */
function hasEnded({ before, after }: Change): boolean {
  return after.life === 'done' && before.life !== 'done'
}

/** A new attempt resumes from the segments that were kept; the others come again. A new revision may have none. */
function ofThisAttempt(state: Transcript, change: Change): Transcript {
  const [before, after] = [statusOf(change.before), statusOf(change.after)]
  if (after === undefined) return state
  const revision = after.revision ?? 0
  if (revision > state.revision && after.segments === 0) return reset({ ...state, revision, segments: [] })
  if (before === undefined || before.attempt === after.attempt || hasEnded(change) || revision !== state.revision) return state
  const segments = state.segments.slice(0, after.segments)
  return reset(segments.length < state.segments.length ? { ...state, segments } : state)
}

/** Adds segments of the stream, and reads those that are missing before them. */
function append(state: Transcript, part: SegmentsPart, change: Change): Transcript {
  const added = joined(state, part)
  const next = added === state ? state : reset(added)
  const last = part.segments.at(-1)
  return last !== undefined && part.revision >= next.revision && last.index >= next.segments.length ? read(next, change) : next
}

/** The same state if the part brings nothing. With the first segments of a newer revision the list begins anew. */
function joined(state: Transcript, { revision, segments: incoming }: SegmentsPart): Transcript {
  if (revision < state.revision) return state
  const present = revision === state.revision ? state.segments : []
  const segments = appendSegments(present, incoming)
  return segments === present ? state : { ...state, revision, segments }
}

/** Ends the request or the wait. */
function stop(state: Transcript): Transcript {
  return state.kind === 'idle' && state.failures === 0 ? state : { ...state, kind: 'idle', failures: 0 }
}

/** Resets the failures and ends the wait, because there is a reason that segments can be read now. */
function reset(state: Transcript): Transcript {
  return state.kind === 'reading' ? { ...state, failures: 0 } : stop(state)
}

/** Reads the segments that the status counts and that are missing. A live stream sends them by itself. */
function readUnlessLive(state: Transcript, change: Change): Transcript {
  return change.after.stream.kind === 'live' ? state : readMissing(state, change)
}

function readIfClosed(state: Transcript, change: Change): Transcript {
  return change.after.stream.kind === 'closed' ? readMissing(state, change) : state
}

function readMissing(state: Transcript, change: Change): Transcript {
  const { revision = 0, segments = 0 } = statusOf(change.after) ?? {}
  const present = revision === state.revision ? state.segments.length : 0
  return revision >= state.revision && segments > present ? read(state, change) : state
}

/** Starts a request, unless one runs or the next one is scheduled. */
function read(state: Transcript, { after }: Change): Transcript {
  const isTired = after.life === 'done' && state.failures >= MAX_LAST_TRANSCRIPT_FAILURES
  if (isTired || !state.wanted || state.kind !== 'idle') return state
  return { ...state, kind: 'reading', path: `/transcript?format=json&from=${state.segments.length}&revision=${state.revision}` }
}

function answered(state: Transcript, answer: TranscriptAnswer, change: Change, { now, random }: Moment): Transcript {
  if (state.kind !== 'reading') return state
  const { after } = change
  const next = answer.part === undefined ? state : joined(state, answer.part)
  if (next !== state) return readUnlessLive({ ...next, kind: 'idle', failures: 0 }, change)
  // Segments exist before they are counted, so the server withholds these: request them now and then, and at the end.
  if (answer.part?.segments.length === 0 && isFollowing(after)) return { ...state, kind: 'waiting', until: now + WITHHELD_MS }
  // A response without new segments is a failure, or a wrong count would cause requests for ever.
  const failures = state.failures + 1
  if (after.life === 'done' && failures >= MAX_LAST_TRANSCRIPT_FAILURES) return { ...state, kind: 'idle', failures }
  const until = now + Math.max(answer.retryMs ?? 0, backoffMs(failures, random))
  return { ...state, kind: 'waiting', until, failures }
}

/** The status of the machine; the client's `parse` made it. */
function statusOf({ job }: Change['after']): SessionStatus | undefined {
  return job as SessionStatus | undefined
}
