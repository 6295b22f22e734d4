import type { NewApiToken } from '../api/types.ts'
import { credentialStrings } from '../strings/credentials.ts'
import { CopyButton } from './CopyButton.tsx'
import styles from './NewSecret.module.css'

/** The secret of a token just made: here once, and never again. */
export function NewSecret({ token }: { token: NewApiToken }) {
  return (
    <div className={styles.secret}>
      <p role="status">{credentialStrings.tokens.copyNow(token.name)}</p>
      <div className={styles.line}>
        <code className={styles.code}>{token.secret}</code>
        <CopyButton text={() => token.secret}>{credentialStrings.tokens.copy}</CopyButton>
      </div>
    </div>
  )
}
