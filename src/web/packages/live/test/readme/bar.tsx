import { useJobStatus } from '@playhead/live/react'

type Stage = 'reading' | 'importing'
export function LiveBar({ id, stages }: { id: string; stages: Record<string, string> }) {
  const { job, phase, error, retryNow } = useJobStatus<Stage, { rejected: number }>(id)
  if (phase === 'failed') return <button onClick={retryNow}>This job cannot be followed. Try again</button>
  if (job === undefined) return <p>Loading…</p>
  if (error) return <p role="alert">{error.message}</p>
  const words = phase === 'retrying' ? 'Reconnecting…' : (stages[job.stage] ?? job.message)
  return <p><progress value={job.progress ?? undefined} /> {words} {job.data && `${job.data.rejected} rejected`}</p>
}
