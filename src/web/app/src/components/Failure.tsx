import type { StatusError } from '@playhead/session-status'
import { strings } from '../strings/index.ts'
import { Alert } from './Alert.tsx'
import { CopyButton } from './CopyButton.tsx'

/** What can be done about a failure, and the id to give to whoever helps. */
export function Failure({ error: { code, message, retryable, debug_id } }: { error: StatusError }) {
  const words = strings.failure
  const advice = words.advice[code] ?? (retryable ? words.canPass : words.cannotPass)
  return (
    <Alert
      detail={
        <>
          {code} · {words.debugId} <code>{debug_id}</code>
        </>
      }
      actions={<CopyButton text={() => `${code} ${debug_id}`}>{words.copy}</CopyButton>}
    >
      {/* The bar above says it to those who look. */}
      <span className="visually-hidden">{strings.failures[code] ?? message}</span> {advice}
    </Alert>
  )
}
