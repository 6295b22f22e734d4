import { useState } from 'react'
import type { NewApiToken } from '../api/types.ts'
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
      <p>
        Copy the secret of <strong>{token.name}</strong> now. It is not shown again.
      </p>
      <div className={styles.line}>
        <code className={styles.code}>{token.secret}</code>
        <Button onClick={() => void copy()}>Copy</Button>
      </div>
      <p role="status" className={styles.note}>
        {copied === true && 'Copied.'}
        {copied === false && 'The browser does not allow copying here: select the secret and copy it by hand.'}
      </p>
    </div>
  )
}
