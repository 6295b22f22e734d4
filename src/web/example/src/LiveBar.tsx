import { useJobStatus } from '@playhead/live/react'

/** How a connection is named to a person. */
const WORDS = { stream: 'live', wait: 'polling', poll: 'polling', none: 'not connected' }

/** The bar of one job, with its stage, message and data, whatever they are. */
export function LiveBar({ id }: { id: string }) {
  const { job, phase, mode, error, retryNow } = useJobStatus<string, Record<string, unknown>>(id)
  if (job === undefined) {
    return phase === 'failed' ? <p role="alert">This job cannot be followed. <button onClick={retryNow}>Try again</button></p> : <p>Loading…</p>
  }
  const eta = job.eta_s === null ? '' : ` · ${Math.ceil(job.eta_s)} s left`
  return (
    <section aria-label="Job">
      <h2>{job.stage}</h2>
      <progress aria-label="Progress" value={job.progress ?? undefined} />
      <p>{error?.message ?? job.message}</p>
      <p>
        <output aria-label="Connection">{phase === 'done' ? 'ended' : WORDS[mode]}</output>
        {eta}
      </p>
      <dl>
        {Object.entries(job.data ?? {}).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt> <dd>{String(value)}</dd>
          </div>
        ))}
      </dl>
    </section>
  )
}
