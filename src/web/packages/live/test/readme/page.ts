import { createLiveClient } from '@playhead/live'

export function showJob(id: string, bar: HTMLProgressElement, text: HTMLElement, client = createLiveClient()) {
  return client.subscribe(id, {}, () => {
    const { job, connection } = client.getSnapshot(id) ?? {}
    if (typeof job?.progress === 'number') bar.value = job.progress
    else bar.removeAttribute('value')
    text.textContent = connection?.phase === 'retrying' ? 'Reconnecting…' : (job?.message ?? 'Loading…')
  })
}
