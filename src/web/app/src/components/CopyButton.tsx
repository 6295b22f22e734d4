import { type ComponentProps, useEffect, useState } from 'react'
import { copyText } from '../lib/copyText.ts'
import { strings } from '../strings/index.ts'
import { Button } from './Button.tsx'

/** How long it says that it has copied: long enough to be read, short enough not to be taken for a state. */
const SAID_MS = 3_000

interface Props extends ComponentProps<typeof Button> {
  /** What is copied, made when it is asked for. */
  readonly text: () => string
}

/** Copies, and says on itself and aloud whether it could. */
export function CopyButton({ text, children, ...props }: Props) {
  const [copied, setCopied] = useState<boolean>()
  useEffect(() => {
    if (copied === undefined) return
    const timer = setTimeout(() => setCopied(undefined), SAID_MS)
    return () => clearTimeout(timer)
  }, [copied])
  const said = copied === undefined ? undefined : copied ? strings.copy.copied : strings.copy.cannot
  return (
    <>
      <Button {...props} onClick={() => void copyText(text()).then(setCopied)}>
        {said ?? children}
      </Button>
      <span className="visually-hidden" role="status">
        {said}
      </span>
    </>
  )
}
