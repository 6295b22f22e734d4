import { createSessionStatusClient } from '@playhead/session-status'
import { SessionStatusProvider, useCarriedStatus, useTranscriptionStatus } from '@playhead/session-status/react'

const client = createSessionStatusClient({ baseUrl: '/api/v1' })

export function Session({ id }: { id: string }) {
  const followed = useTranscriptionStatus(id)
  const now = useCarriedStatus(followed.status, followed)
  const text = followed.segments.map((segment) => segment.text).join(' ')
  if (followed.phase === 'failed') return <button onClick={followed.retryNow}>Try again</button>
  return <p><progress value={now?.progress ?? undefined} /> {now?.message} {text}</p>
}

export const App = ({ id }: { id: string }) =>
  <SessionStatusProvider client={client}><Session id={id} /></SessionStatusProvider>
