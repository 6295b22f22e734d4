import { createSessionStatusClient } from '@playhead/session-status'
import { SessionStatusProvider, useSmoothProgress, useTranscriptionStatus } from '@playhead/session-status/react'

const client = createSessionStatusClient({ baseUrl: '/api/v1' })

export function Session({ id }: { id: string }) {
  const { status, segments, phase, retryNow } = useTranscriptionStatus(id)
  const progress = useSmoothProgress(status)
  if (phase === 'failed') return <button onClick={retryNow}>Try again</button>
  return <p><progress value={progress ?? undefined} /> {status?.message} {segments.map(({ text }) => text).join(' ')}</p>
}

export const App = ({ id }: { id: string }) =>
  <SessionStatusProvider client={client}><Session id={id} /></SessionStatusProvider>
