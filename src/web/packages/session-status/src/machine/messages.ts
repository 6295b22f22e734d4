import type { Segment, SessionStatus } from '../status.ts'
import type { StreamEvent, Transport } from '../wire.ts'
import type { Reason, State } from './state.ts'

/** The timers of the machine; each name runs at most once at a time. */
export type TimerName = 'first' | 'silence' | 'stream' | 'poll' | 'transcript'

/** What one poll came to. `transport` and `pollMs` are absent where the server did not say. */
export type PollAnswer =
  | {
      readonly kind: 'ok'
      /** Undefined for 304: nothing new. */
      readonly status: SessionStatus | undefined
      readonly etag: string | undefined
      readonly transport: Transport | undefined
      readonly pollMs: number | undefined
    }
  /** 401, 403, 404, 410: asking again changes nothing. */
  | { readonly kind: 'refused'; readonly reason: Reason }
  /** Anything else that is not an answer; `retryMs` from `Retry-After`. */
  | { readonly kind: 'failed'; readonly reason: Reason; readonly retryMs: number | undefined }

/** What happens to the machine. */
export type Input =
  | { readonly type: 'open' }
  | { readonly type: 'close' }
  | { readonly type: 'retry_now' }
  | { readonly type: 'accept'; readonly status: SessionStatus }
  | { readonly type: 'stream_event'; readonly event: StreamEvent }
  | { readonly type: 'stream_failed'; readonly reason: Reason }
  | { readonly type: 'poll_answered'; readonly answer: PollAnswer }
  | { readonly type: 'transcript_answered'; readonly segments: readonly Segment[] | undefined }
  | { readonly type: 'timer'; readonly name: TimerName }

/** What the machine asks for. */
export type Effect =
  | { readonly type: 'open_stream'; readonly lastEventId: number | undefined; readonly from: number | undefined }
  | { readonly type: 'close_stream' }
  | { readonly type: 'poll'; readonly etag: string | undefined; readonly wait: boolean }
  | { readonly type: 'abort_poll' }
  | { readonly type: 'fetch_transcript'; readonly from: number }
  | { readonly type: 'abort_transcript' }
  | { readonly type: 'start_timer'; readonly name: TimerName; readonly ms: number }
  | { readonly type: 'stop_timer'; readonly name: TimerName }

/** What a transition may look at besides its state: the moment, and a number from 0 to 1 for jitter. */
export interface Moment {
  readonly now: number
  readonly random: number
}

/** A state and what is to be done about it. */
export interface Step {
  readonly state: State
  readonly effects: readonly Effect[]
}

export function step(state: State, ...effects: readonly Effect[]): Step {
  return { state, effects }
}

/** One transition after another; their effects add up in order. */
export function chain(first: Step, ...rest: readonly ((state: State) => Step)[]): Step {
  return rest.reduce((done, next) => {
    const { state, effects } = next(done.state)
    return step(state, ...done.effects, ...effects)
  }, first)
}
