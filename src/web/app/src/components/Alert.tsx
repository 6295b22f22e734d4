import type { ReactNode } from 'react'
import { strings } from '../strings/index.ts'
import styles from './Alert.module.css'
import { Button } from './Button.tsx'

interface Props {
  readonly children: ReactNode
  /** A second line for who has to look into it: a code, a debug id. */
  readonly detail?: ReactNode
  readonly onRetry?: () => void
  /** What the button says; that it is tried again, unless told otherwise. */
  readonly retry?: string
  /** Other buttons. */
  readonly actions?: ReactNode
}

/** Something that went wrong, said at once also to those who listen to the page. */
export function Alert({ children, detail, onRetry, retry = strings.common.tryAgain, actions }: Props) {
  return (
    <div className={styles.alert}>
      <svg className={styles.icon} width="20" height="20" viewBox="0 0 20 20" aria-hidden="true">
        <circle cx="10" cy="10" r="8.5" />
        <path d="M10 5.5v5.5M10 14v.5" />
      </svg>
      {/* An alert is read out as a whole, at each change in it: what can be done about it is not part of it. */}
      <div className={styles.words} role="alert">
        <p>{children}</p>
        {detail && <p className={styles.detail}>{detail}</p>}
      </div>
      {(onRetry || actions) && (
        <div className={styles.actions}>
          {onRetry && <Button onClick={onRetry}>{retry}</Button>}
          {actions}
        </div>
      )}
    </div>
  )
}
