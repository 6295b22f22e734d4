import type { Input, Moment } from './machine/input.ts'
import type { State } from './machine/state.ts'

/** What a companion does at the moment: nothing, a request, or a wait before the next one. */
export type CompanionWork =
  | { readonly kind: 'idle' }
  /** `path` is below the job's URL. */
  | { readonly kind: 'reading'; readonly path: string }
  | { readonly kind: 'waiting'; readonly until: number }

/** The state of a companion. `wanted` is whether a subscriber asked for it; without that nothing is read. */
export type CompanionState = CompanionWork & { readonly wanted: boolean }

/** A transition of the machine. */
export interface Change {
  readonly before: State
  readonly after: State
  readonly input: Input
}

/**
 * A log beside the job, for example the lines of a transcript: it comes by further events of the job's stream, and what is
 * missing is read by requests. Its state is changed by a pure function; the runner makes the request and the wait that the
 * state names.
 *
 * `C` is its state, `V` what a snapshot shows of it, `E` an event and `A` the answer to a request.
 */
export interface Companion<C extends CompanionState = CompanionState, V = unknown, E = unknown, A = unknown> {
  initial(wanted: boolean): C
  /** What a snapshot shows; another value causes a notification. */
  view(state: C): V
  /** The parsers of its events by name. @throws if an event has another shape. */
  readonly events: Readonly<Record<string, (payload: unknown) => E>>
  /** What it adds to the query of the stream. */
  query(state: C): Readonly<Record<string, string>>
  /** Its next state, after each transition of the machine. */
  reduce(state: C, change: Change, moment: Moment): C
  /** Reads the response to a request. What it throws, or a lost response, makes `lost`. */
  read(response: Response, now: number): Promise<A>
  readonly lost: A
}
