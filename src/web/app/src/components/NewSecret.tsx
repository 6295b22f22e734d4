import type { NewApiToken } from '../api/types.ts'
import { strings } from '../strings/index.ts'
import { CopyButton } from './CopyButton.tsx'
import styles from './NewSecret.module.css'

/** The secret of a token just made: here once, and never again. */
export function NewSecret({ token }: { token: NewApiToken }) {
  return (
    <div className={styles.secret}>
      <p role="status">{strings.tokens.copyNow(token.name)}</p>
      <div className={styles.line}>
        <code className={styles.code}>{token.secret}</code>
        <CopyButton text={() => token.secret}>{strings.tokens.copy}</CopyButton>
      </div>
    </div>
  )
}
