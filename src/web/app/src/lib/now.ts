import type { SessionStatus } from '@playhead/session-status'
import type { LiveSession } from '../api/liveSessions.ts'
import type { Session } from '../api/types.ts'
import type { Upload } from '../api/uploads.tsx'
import { isUploading } from './stages.ts'

const NONE: ReadonlySet<string> = new Set()

/** A failed session is in the group for a day after it failed, unless it is dismissed. */
const FAILED_MS = 86_400_000

/** Rows of a long group before "Show all" is pressed: as many as a small laptop shows below the uploader. */
const MOST_SHOWN = 8

/** How many of these rows failures get while other things go on. */
const FAILED_SHOWN = 3

/** Sessions that ended while the reader watches stay where they ended, so that no row jumps; older ones go to their date. */
const ENDED_SHOWN = 3

/**
 * In the order of the group. Files that wait for their turn to be sent come after the sessions that wait for a worker, and
 * uploads that only a person can go on with after those.
 */
const PHASES = ['ended', 'running', 'sending', 'queued', 'toSend', 'paused', 'failed'] as const

type Phase = (typeof PHASES)[number]

export interface SessionEntry {
  readonly phase: Phase
  readonly status: SessionStatus
  /** Undefined of one that is on a page of the list which was not read. */
  readonly session: Session | undefined
}

export interface UploadEntry {
  readonly phase: Phase
  readonly upload: Upload
  /** The session that it becomes, once that has begun and is known. */
  readonly live: LiveSession | undefined
}

/** One row of the group "Now": something that goes on, waits, or failed a short time ago. */
export type Entry = SessionEntry | UploadEntry

export interface Counts {
  readonly running: number
  readonly sending: number
  readonly waiting: number
  readonly paused: number
  readonly failed: number
  /** Of those that the reader has watched. */
  readonly ended: number
}

interface Known {
  readonly sessions: readonly LiveSession[]
  /** Of sessions that go on and are not among those. */
  readonly unlisted: readonly SessionStatus[]
  readonly uploads: readonly Upload[]
  /** The ids of sessions whose recordings come at this moment, wherever they are sent from. */
  readonly moving?: ReadonlySet<string>
}

/**
 * The entries of the group in its order, and the sessions that are listed by date instead.
 *
 * @param isDismissed - whether the reader has put this failure away.
 * @param at - now, in ms since 1970.
 * @param watched - the ids of sessions that went on when the reader saw them.
 */
export function splitNow(
  { sessions, unlisted, uploads, moving = NONE }: Known,
  isDismissed: (status: SessionStatus) => boolean,
  at: number,
  watched: ReadonlySet<string> = NONE,
) {
  const byId = new Map(sessions.map((live) => [live.session.id, live]))
  const entries: Entry[] = uploads.map((upload) => ({
    phase: phaseOfUpload(upload, moving),
    upload,
    live: upload.id === undefined ? undefined : byId.get(upload.id),
  }))
  const isSentHere = ({ session_id }: SessionStatus, of?: Session) => uploads.some((upload) => upload.id === session_id || isOf(upload, of))
  const past: LiveSession[] = []
  const ended = new Set(
    sessions
      .filter(({ status }) => (status.state === 'completed' || status.state === 'canceled') && watched.has(status.session_id))
      .toSorted((a, b) => compare(b.status.updated_at, a.status.updated_at))
      .slice(0, ENDED_SHOWN)
      .map(({ status }) => status.session_id),
  )
  for (const { session, status } of sessions) {
    if (isSentHere(status, isUploading(status) ? session : undefined)) continue
    const phase = ended.has(status.session_id) ? 'ended' : phaseOf(status, isDismissed, at, moving)
    if (phase === undefined) past.push({ session, status })
    else entries.push({ phase, status, session })
  }
  for (const status of unlisted) {
    if (isSentHere(status)) continue
    const phase = phaseOf(status, isDismissed, at, moving)
    if (phase !== undefined) entries.push({ phase, status, session: undefined })
  }
  return { entries: entries.toSorted(inOrder), past }
}

/** Whether a session is that of an upload whose begin was not answered yet. */
function isOf({ id, state, filename, size_bytes }: Upload, session: Session | undefined): boolean {
  return id === undefined && state === 'sending' && session !== undefined && session.filename === filename && session.size_bytes === size_bytes && !session.status.progress
}

function phaseOfUpload({ id, state }: Upload, moving: ReadonlySet<string>): Phase {
  if (state === 'waiting') return 'toSend'
  if (state === 'elsewhere') return id !== undefined && moving.has(id) ? 'sending' : 'paused'
  return state
}

function phaseOf(status: SessionStatus, isDismissed: (status: SessionStatus) => boolean, at: number, moving: ReadonlySet<string>): Phase | undefined {
  const { state, updated_at, session_id } = status
  if (state === 'processing') return 'running'
  if (state === 'uploading') return isUploading(status) && !moving.has(session_id) ? 'paused' : 'sending'
  if (state === 'queued') return 'queued'
  const isFresh = state === 'failed' && at - Date.parse(updated_at) < FAILED_MS && !isDismissed(status)
  return isFresh ? 'failed' : undefined
}

/** Uploads keep the order in which they are sent; sessions are in that of the queue, and failures newest first. */
function inOrder(a: Entry, b: Entry): number {
  const phases = PHASES.indexOf(a.phase) - PHASES.indexOf(b.phase)
  if (phases !== 0) return phases
  if ('upload' in a || 'upload' in b) return Number('upload' in b) - Number('upload' in a)
  if (a.phase === 'failed') return compare(b.status.updated_at, a.status.updated_at)
  if (a.phase === 'ended') return compare(a.status.updated_at, b.status.updated_at)
  const places = (a.status.queue_position ?? Infinity) - (b.status.queue_position ?? Infinity)
  // Of two without a place, the one that is longer there: ids are UUIDs that grow with time.
  return places || compare(a.status.session_id, b.status.session_id)
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}

/** How many rows are in which state, in the words of the rows. */
export function countsOf(entries: readonly Entry[]): Counts {
  const count = (...phases: readonly Phase[]) => entries.filter(({ phase }) => phases.includes(phase)).length
  return { running: count('running'), sending: count('sending'), waiting: count('queued', 'toSend'), paused: count('paused'), failed: count('failed'), ended: count('ended') }
}

/** The status of the session that will be done last; undefined where the time left of any that goes on is not known. */
export function lastDone(entries: readonly Entry[]): SessionStatus | undefined {
  const going = entries.filter(({ phase }) => phase !== 'failed' && phase !== 'ended' && phase !== 'paused')
  const statuses = going.flatMap((entry) => ('status' in entry && entry.status.eta_s !== null ? entry.status : []))
  if (statuses.length < going.length) return undefined
  return statuses.toSorted((a, b) => (b.eta_s ?? 0) - (a.eta_s ?? 0))[0]
}

/** The entries of a long group that are shown at first: what runs, what comes next, and the newest failures. */
export function shortened(entries: readonly Entry[]): readonly Entry[] {
  if (entries.length <= MOST_SHOWN) return entries
  const failed = entries.filter(({ phase }) => phase === 'failed')
  const going = entries.slice(0, entries.length - failed.length)
  const first = going.slice(0, MOST_SHOWN - Math.min(FAILED_SHOWN, failed.length))
  return [...first, ...failed.slice(0, MOST_SHOWN - first.length)]
}
