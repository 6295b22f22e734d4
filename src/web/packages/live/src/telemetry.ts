// It takes what it needs of the core as arguments: what two files import, a bundler puts into a third.
import type { Env } from './env.ts'
import type { Connection } from './machine/connection.ts'
import type { State } from './machine/state.ts'

/** Between two reports of a page, but for the first of its kind and the last one. */
const REPORT_MS = 60_000

/** What streams did since the last report. */
type Counts = Record<'proven' | 'mutes' | 'stalls', number>

/** What is stored of each followed job, or of the list. */
interface Seen {
  readonly state: State
  readonly openedAt: number
  readonly firstEventMs: number | null
  readonly isProven: boolean
}

/** What is followed: a job, or the list (null), and the address of its stream. */
export interface Reported {
  readonly id: string | null
  readonly stream: string
}

/** Takes a state of what is followed, and its time. */
export type Report = (of: Reported, state: State, now: number) => void

/**
 * Reports how the streams of this page fared, so that the server learns which paths hold streams back. It sends a report when
 * that is first seen, and when a stream is first proven; later ones at most once a minute, and none from a hidden page but
 * the last. It has no timer: a page that receives nothing has nothing to report. If the person asks not to be tracked (Global
 * Privacy Control), it sends nothing.
 *
 * @param proofMs - a stream is proven by two events this far apart.
 */
export function createReporter(env: Env, url: string, proofMs: number, connectionOf: (state: State) => Connection): Report {
  const half = () => Math.floor(env.random() * 2 ** 32).toString(16).padStart(8, '0')
  const page = half() + half()
  const seen = new Map<string, Seen>()
  const reported = new Set<string>()
  let counts: Counts = { proven: 0, mutes: 0, stalls: 0 }
  let seq = 0
  let sentAt = -Infinity

  function send({ id, stream }: Reported, state: State, now: number) {
    const { mode, reason } = connectionOf(state)
    const { firstEventMs = null } = seen.get(stream) ?? {}
    const body = {
      page,
      seq: (seq += 1),
      session_id: id,
      transport: mode,
      reason: reason ?? null,
      protocol: env.protocol(stream) ?? '',
      first_event_ms: firstEventMs,
      ...counts,
    }
    for (const [kind, count] of Object.entries(counts)) if (count > 0) reported.add(kind)
    counts = { proven: 0, mutes: 0, stalls: 0 }
    sentAt = now
    const headers = { 'Content-Type': 'application/json', 'X-Requested-With': 'playhead' }
    // The server only counts them, so a lost one does no harm.
    void env.fetch(url, { method: 'POST', headers, credentials: 'include', keepalive: true, body: JSON.stringify(body) }).catch(() => {})
  }

  return (of, state, now) => {
    const before = seen.get(of.stream)
    const next = seeing(before, state, now, proofMs)
    seen.set(of.stream, next)
    if (next.isProven && before?.isProven !== true) counts.proven += 1
    if (before !== undefined && state.path.silentFailures > before.state.path.silentFailures) {
      counts[state.stream.reason === 'mute' ? 'mutes' : 'stalls'] += 1
    }
    const news = Object.entries(counts).filter(([, count]) => count > 0)
    const isHidden = state.presence !== 'shown'
    const isLast = isHidden ? before?.state.presence === 'shown' : state.life === 'idle'
    const isDue = now - sentAt >= REPORT_MS || news.some(([kind]) => !reported.has(kind))
    if (news.length > 0 && env.isPrivate?.() !== true && (isLast || (isDue && !isHidden))) send(of, state, now)
    // Whoever follows it again begins with other streams.
    if (state.life === 'idle') seen.delete(of.stream)
  }
}

/** Records when the present stream was opened, how long its first event took, and whether a second one was apart from it. */
function seeing(before: Seen | undefined, state: State, now: number, proofMs: number): Seen {
  const { stream } = state
  const isNew = stream.kind !== 'closed' && stream.nr !== before?.state.stream.nr
  const { openedAt, firstEventMs, isProven } = isNew || before === undefined ? { openedAt: now, firstEventMs: null, isProven: false } : before
  if (stream.kind === 'closed') return { state, openedAt, firstEventMs, isProven }
  return {
    state,
    openedAt,
    firstEventMs: stream.firstEventAt === undefined ? firstEventMs : stream.firstEventAt - openedAt,
    isProven: isProven || (stream.kind === 'live' && stream.lastEventAt - stream.firstEventAt >= proofMs),
  }
}
