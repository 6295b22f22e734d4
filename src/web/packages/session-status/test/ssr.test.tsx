import { renderToString } from 'react-dom/server'
import { expect, test } from 'vitest'
import {
  useCarriedStatus,
  useConnection,
  useSessionList,
  useTranscriptionStatus,
} from '../src/react/index.ts'
import { statusOf } from '../src/testing/index.ts'

function Page() {
  const initialStatus = statusOf()
  const { phase, status } = useTranscriptionStatus('s1', { initialStatus })
  return `${phase} ${useCarriedStatus(status)?.progress} ${useConnection().phase} ${useSessionList().statuses.size}`
}

test('on a server the initial status is shown, nothing is followed', () => {
  expect(renderToString(<Page />)).toBe('idle 0.42 idle 0')
})
