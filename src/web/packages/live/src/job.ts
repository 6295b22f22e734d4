import { type Check, bool, integer, nullableNumber, object, oneOf, orNull, shape, text } from './check.ts'

/** The state of a job. The last three are final. */
export type JobState = 'queued' | 'processing' | 'completed' | 'failed' | 'canceled'

/**
 * The stages of a job: those of the app, and those that the server sets by itself, before the first update (`started`), between
 * two attempts (`retrying`), and while it waits or at the end (the state).
 */
export type JobStage<Stage extends string = string> = Stage | 'started' | 'retrying' | Exclude<JobState, 'processing'>

/** Why a job failed; `debug_id` finds the log lines. */
export interface JobError {
  /** A code, for programs. */
  readonly code: string
  /** A sentence for people. */
  readonly message: string
  /** Whether a retry may help. */
  readonly retryable: boolean
  readonly debug_id: string
}

/** The fields that a followed document must have. A `Job` has them; so may a document of your own. */
export interface LiveDocument {
  /** Grows with every change: the higher version wins, from whatever transport. */
  readonly version: number
  /** The number of the attempt: another one may come from another worker, with another clock. */
  readonly attempt: number
  /** `completed`, `failed` and `canceled` are final. While it is `processing`, updates are expected every few seconds. */
  readonly state: string
  /** RFC 3339, on the server's clock. */
  readonly updated_at: string
}

/** The document of a job, with the app's own stages and data. */
export interface Job<Stage extends string = string, Data = unknown> extends LiveDocument {
  readonly id: string
  readonly owner: string
  readonly state: JobState
  /** What is being done. */
  readonly stage: JobStage<Stage>
  /** The share that is done, from 0 to 1; null while it cannot be estimated. */
  readonly progress: number | null
  /** One sentence for people. */
  readonly message: string
  /** Estimated seconds until it is done. */
  readonly eta_s: number | null
  /** The position in the queue while it waits; 1 is next. */
  readonly queue_position: number | null
  readonly error: JobError | null
  /** What the app adds. It is not checked: pass `parse` to do so. */
  readonly data: Data | null
}

/** Checks an error of a job. @throws if it is not one. */
export const parseError: Check<JobError> = shape({ code: text, message: text, retryable: bool, debug_id: text })

/** Checks a `Job`; drops unknown fields. @throws if it is not one. */
export const parseJob: Check<Job> = shape<Job>({
  id: text,
  owner: text,
  version: integer,
  attempt: integer,
  state: oneOf('queued', 'processing', 'completed', 'failed', 'canceled'),
  stage: text,
  progress: nullableNumber,
  message: text,
  eta_s: nullableNumber,
  queue_position: nullableNumber,
  error: orNull(parseError),
  updated_at: text,
  data: orNull(object),
})

/** Whether a job is completed, failed or canceled; only a retry changes it then. */
export function isFinal({ state }: { readonly state: string }): boolean {
  return state === 'completed' || state === 'failed' || state === 'canceled'
}

/** Whether a document is newer than the one that is held, if any. One of the same version never is. */
export function isNewer(
  given: Pick<LiveDocument, 'version'>,
  held: Pick<LiveDocument, 'version'> | null | undefined,
): boolean {
  return held === undefined || held === null || given.version > held.version
}
