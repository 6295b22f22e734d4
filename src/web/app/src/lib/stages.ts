import type { SessionStatus } from '@playhead/session-status'

const NAMES: Readonly<Record<string, string>> = {
  uploading: 'Uploading',
  queued: 'Waiting',
  decoding: 'Reading the audio',
  loading_model: 'Loading the model',
  transcribing: 'Transcribing',
  retrying: 'Trying again',
  finalizing: 'Finishing',
  completed: 'Done',
  failed: 'Failed',
  canceled: 'Canceled',
}

/** The name of a stage; one this page does not know yet is shown by its own word. */
export function stageName({ stage }: Pick<SessionStatus, 'stage'>): string {
  return NAMES[stage] ?? stage.replaceAll('_', ' ')
}

/** What is said aloud. It changes at each stage and at each quarter, and so is said only then. */
export function announcement(status: SessionStatus): string {
  if (status.state === 'completed') return 'Done. The transcript is complete.'
  if (status.state === 'failed') return 'The transcription failed.'
  const quarter = status.progress === null ? 0 : Math.floor(status.progress * 4) * 25
  return quarter > 0 ? `${stageName(status)}, ${quarter} % done` : stageName(status)
}
