import { useState } from 'react'
import type { NewApiToken } from '../api/types.ts'
import { strings } from '../strings/index.ts'
import { Button } from './Button.tsx'
import styles from './NewSecret.module.css'

/** The secret of a token just made: here once, and never again. */
export function NewSecret({ token }: { token: NewApiToken }) {
  const [copied, setCopied] = useState<boolean>()

  async function copy() {
    try {
      await navigator.clipboard.writeText(token.secret)
      setCopied(true)
    } catch {
      // No permission, or a page served without TLS: the secret can still be marked and copied by hand.
      setCopied(false)
    }
  }

  return (
    <div className={styles.secret}>
      <p>{strings.tokens.copyNow(token.name)}</p>
      <div className={styles.line}>
        <code className={styles.code}>{token.secret}</code>
        <Button onClick={() => void copy()}>{strings.tokens.copy}</Button>
      </div>
      <p role="status" className={styles.note}>
        {copied === true && strings.tokens.copied}
        {copied === false && strings.tokens.cannotCopy}
      </p>
    </div>
  )
}
