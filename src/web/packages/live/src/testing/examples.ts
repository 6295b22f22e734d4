import type { Job } from '../job.ts'

/** A running job. */
export function jobOf<Stage extends string = string, Data = unknown>(changes: Partial<Job<Stage, Data>> = {}): Job<Stage, Data> {
  return {
    id: 'j1',
    owner: 'u1',
    version: 1_000_001,
    attempt: 1,
    state: 'processing',
    stage: 'importing' as Stage,
    progress: 0.42,
    message: '4,200 of 10,000 rows',
    eta_s: 48,
    queue_position: null,
    error: null,
    updated_at: '2026-11-23T16:20:08.123Z',
    data: null,
    ...changes,
  }
}

/** A final job. */
export function completedJob<Stage extends string = string, Data = unknown>(changes: Partial<Job<Stage, Data>> = {}): Job<Stage, Data> {
  return jobOf({ version: 1_000_099, state: 'completed', stage: 'completed', progress: 1, ...changes })
}
