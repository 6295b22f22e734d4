import type { StatusError } from '@playhead/session-status'
import { againStrings } from '../strings/again.ts'
import { strings } from '../strings/index.ts'
import { sessionStrings } from '../strings/session.ts'
import { type Preset, useAgain } from './Again.tsx'
import { Alert } from './Alert.tsx'
import { Button } from './Button.tsx'
import { CopyButton } from './CopyButton.tsx'

/** Failures that another choice mends, and what of it is not as it was. */
const MENDED: Readonly<Record<string, Preset>> = { unknown_language: { language: '' }, no_track: {} }

interface Props {
  readonly error: StatusError
  /** Whether an earlier text is kept. */
  readonly isKept: boolean
}

/** What can be done about a failure, and the id to give to whoever helps. */
export function Failure({ error: { code, message, retryable, debug_id }, isKept }: Props) {
  const again = useAgain()
  const preset = MENDED[code]
  const words = sessionStrings.failure
  const advice = words.advice[code] ?? (retryable ? words.canPass : words.cannotPass)
  return (
    <Alert
      detail={
        <>
          {code} · {words.debugId} <code>{debug_id}</code>
        </>
      }
      actions={
        <>
          {again && preset && <Button onClick={() => again(preset)}>{againStrings.ask}</Button>}
          <CopyButton text={() => `${code} ${debug_id}`}>{words.copy}</CopyButton>
        </>
      }
    >
      {/* The bar above says it to those who look. */}
      <span className="visually-hidden">{strings.failures[code] ?? message}</span> {isKept && againStrings.kept} {advice}
    </Alert>
  )
}
