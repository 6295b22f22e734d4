import type { Presence } from '../env.ts'
import type { Segment, SessionStatus } from '../status.ts'
import type { StreamEvent, Transport } from '../wire.ts'
import type { Reason, TimerName } from './state.ts'

/** What one poll came to. `transport` and `pollMs` are absent where the server did not say. */
export type PollAnswer =
  | {
      readonly kind: 'ok'
      /** Empty for 304: nothing new. */
      readonly statuses: readonly SessionStatus[]
      readonly etag: string | undefined
      readonly transport: Transport | undefined
      readonly pollMs: number | undefined
    }
  /** 401, 403, 404, 410: asking again changes nothing. */
  | { readonly kind: 'refused'; readonly reason: Reason }
  /** Anything else that is not an answer; `retryMs` from `Retry-After`, `slower` where it was asked too often (429). */
  | {
      readonly kind: 'failed'
      readonly reason: Reason
      readonly retryMs: number | undefined
      readonly slower?: boolean
    }

interface Situation {
  readonly presence: Presence
  readonly online: boolean
}

/** What one reading of the transcript came to: no `segments` where it could not be read. */
export interface TranscriptAnswer {
  readonly segments?: readonly Segment[]
  readonly retryMs?: number | undefined
}

/** What happens to the machine. */
export type Input =
  /**
   * The page was hidden, shown, put away, or gained or lost its network. `hideMs` is how long it keeps its stream once
   * it is hidden; `slept` says that the clock of `now` stood still meanwhile.
   */
  | (Situation & { readonly type: 'look'; readonly hideMs: number; readonly slept: boolean })
  /** Someone follows. */
  | (Situation & { readonly type: 'open' })
  | { readonly type: 'close' | 'retry_now' | 'poll_only' | 'want_segments' }
  | { readonly type: 'accept'; readonly status: SessionStatus }
  | { readonly type: 'stream_event'; readonly event: StreamEvent; readonly id: string | undefined }
  | { readonly type: 'stream_failed'; readonly reason: Reason }
  | { readonly type: 'poll_answered'; readonly answer: PollAnswer }
  | { readonly type: 'transcript_answered'; readonly answer: TranscriptAnswer }
  | { readonly type: 'timer'; readonly name: TimerName }

/** What a transition may look at besides its state: the moment, and a number from 0 to 1 for jitter. */
export interface Moment {
  readonly now: number
  readonly random: number
}
