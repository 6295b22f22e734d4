import type { Presence } from '../env.ts'
import type { LiveDocument } from '../job.ts'
import type { StreamEvent, Transport } from '../wire.ts'
import type { Reason, TimerName } from './state.ts'

/** Why a request failed, or why a stream ended. */
export interface Failure {
  readonly reason: Reason
  /** How long the server asks to wait (`Retry-After`), in ms. */
  readonly retryMs?: number | undefined
  /** Whether there were too many requests (429). */
  readonly slower?: boolean
  /** Whether the server refuses (401, 403, 404, 410): a retry does not help. */
  readonly refused?: boolean
}

/** The result of one poll. `transport`, `pollMs` and `cursor` are absent if the server did not send them. */
export type PollAnswer =
  | {
      readonly kind: 'ok'
      /** Empty for 304. */
      readonly jobs: readonly LiveDocument[]
      readonly etag: string | undefined
      readonly transport: Transport | undefined
      readonly pollMs: number | undefined
      /** What measuring reads more of. */
      readonly headers: Headers
      /** Whether the server lets this client wait (`Preference-Applied`). */
      readonly waits: boolean
      /** Of the list: from where its next answer goes on. */
      readonly cursor?: string | null
    }
  | (Failure & { readonly kind: 'failed' })

interface Situation {
  readonly presence: Presence
  readonly online: boolean
}

/** The inputs of the machine. */
export type Input =
  /**
   * The page was hidden, shown or put away, or gained or lost its network. `hideMs` is how long it keeps its stream when
   * hidden; `slept` is true if the monotonic clock stopped meanwhile.
   */
  | (Situation & { readonly type: 'look'; readonly hideMs: number; readonly slept: boolean })
  /** The first subscriber came. */
  | (Situation & { readonly type: 'open' })
  | { readonly type: 'close' | 'retry_now' | 'poll_only' | 'want_companion' | 'companion_due' }
  | { readonly type: 'accept'; readonly job: LiveDocument }
  | { readonly type: 'stream_event'; readonly event: StreamEvent; readonly id: string | undefined }
  | (Failure & { readonly type: 'stream_failed' })
  | { readonly type: 'poll_answered'; readonly answer: PollAnswer }
  | { readonly type: 'companion_answered'; readonly answer: unknown }
  | { readonly type: 'timer'; readonly name: TimerName }

/** The other inputs of a transition: the time, and a random number from 0 to 1 for jitter. */
export interface Moment {
  readonly now: number
  readonly random: number
}
