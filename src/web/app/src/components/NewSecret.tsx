import type { ReactNode } from 'react'
import { strings } from '../strings/index.ts'
import { CopyButton } from './CopyButton.tsx'
import styles from './NewSecret.module.css'

/** A secret just made, here once and never again, and a sentence that says so. */
export function NewSecret({ secret, children }: { secret: string; children: ReactNode }) {
  return (
    <div className={styles.secret}>
      <p role="status">{children}</p>
      <div className={styles.line}>
        <code className={styles.code}>{secret}</code>
        <CopyButton text={() => secret}>{strings.copy.text}</CopyButton>
      </div>
    </div>
  )
}
