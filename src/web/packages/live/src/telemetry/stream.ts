import type { State } from '../machine/state.ts'
import { LOST_MS } from './timing.ts'
import type { Kind } from './sums.ts'

/** The newest stream, and when streams were live. */
export interface StreamWatch {
  readonly openedAt: number
  /** From the opening of the newest stream to its first event. */
  readonly firstEventMs: number | null
  /** Whether two of its events were apart. */
  readonly isProven: boolean
  /** Since when the present stream is live; undefined: none is. */
  readonly liveSince?: number | undefined
  /** When the last one before was live; undefined once a gap is counted for it. */
  readonly lastLive?: readonly [from: number, to: number] | undefined
  /** Whether the last one that was live broke, and no other has been opened since. */
  readonly isBroken: boolean
}

export const NO_STREAM: StreamWatch = { openedAt: 0, firstEventMs: null, isProven: false, isBroken: false }

/** The next one, and what happened to the streams. */
export function streamChanged(
  watch: StreamWatch,
  before: State,
  after: State,
  now: number,
  proofMs: number,
): { readonly stream: StreamWatch; readonly kinds: readonly Kind[] } {
  const { stream } = after
  const kinds: Kind[] = []
  const found = (kind: 'proven' | 'mutes' | 'stalls') => {
    kinds.push(kind)
    if (before.byTicket) kinds.push(`${kind}_by_ticket`)
  }
  let next = watch
  if (before.stream.kind === 'live' && (stream.kind !== 'live' || stream.nr !== before.stream.nr)) {
    const isFailure = after.path.failures > before.path.failures && stream.reason !== 'max_age' && stream.reason !== 'draining'
    next = { ...next, liveSince: undefined, lastLive: [watch.liveSince ?? now, now], isBroken: isFailure }
  }
  if (stream.kind !== 'closed' && stream.nr !== before.stream.nr) {
    if (next.isBroken) kinds.push('reconnects')
    next = { ...next, openedAt: now, firstEventMs: null, isProven: false, isBroken: false }
  }
  if (stream.kind === 'live' && next.liveSince === undefined) next = { ...next, liveSince: now }
  if (stream.kind !== 'closed' && stream.firstEventAt !== undefined) {
    next = { ...next, firstEventMs: stream.firstEventAt - next.openedAt }
  }
  if (!next.isProven && stream.kind === 'live' && stream.lastEventAt - stream.firstEventAt >= proofMs) {
    next = { ...next, isProven: true }
    found('proven')
  }
  if (after.path.silentFailures > before.path.silentFailures) found(stream.reason === 'mute' ? 'mutes' : 'stalls')
  return { stream: next, kinds }
}

/** Whether the last stream was live when a version was made, and for a moment after, so that its event was lost or held back. */
export function wasLost({ lastLive: [from, to] = [Infinity, 0] }: StreamWatch, madeAt: number): boolean {
  return from < madeAt && madeAt < to - LOST_MS
}
