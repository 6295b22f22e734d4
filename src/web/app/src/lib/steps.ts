import type { SessionStatus } from '@playhead/session-status'

/** The way of every session, coarser than its stages, so that it can be seen at one glance. */
export const STEPS = ['upload', 'queue', 'prepare', 'transcribe', 'finish'] as const

const STEP_OF: Readonly<Record<string, number>> = {
  uploading: 0,
  queued: 1,
  decoding: 2,
  loading_model: 2,
  transcribing: 3,
  finalizing: 4,
  completed: STEPS.length,
}

/**
 * How many of the steps are done, and so which one is under way. What was ended, or is to be tried again, stays at the
 * step that its numbers show it had come to.
 */
export function stepsDone({ stage, attempt, progress }: Pick<SessionStatus, 'stage' | 'attempt' | 'progress'>): number {
  return STEP_OF[stage] ?? (progress !== null ? 3 : attempt > 0 ? 2 : 1)
}
