import type { ComponentProps } from 'react'
import styles from './Button.module.css'

interface Look {
  readonly look?: 'primary' | 'plain' | 'danger'
}

interface Busy extends ComponentProps<'button'> {
  /** What was asked for is under way. It does nothing meanwhile, and unlike a disabled one it keeps the focus. */
  readonly busy?: boolean
}

/** A button that may be busy, in no look of its own. Never submits a form unless it says so. */
export function PlainButton({ busy = false, type = 'button', onClick, ...props }: Busy) {
  return <button {...props} type={type} aria-disabled={busy || undefined} onClick={busy ? (event) => event.preventDefault() : onClick} />
}

/** A button in one of three weights. */
export function Button({ look = 'plain', ...props }: Busy & Look) {
  return <PlainButton {...props} className={`${styles.button} ${styles[look] ?? ''}`} />
}

/** A link that does what a button would: a download. */
export function ButtonLink({ look = 'plain', children, ...props }: ComponentProps<'a'> & Look) {
  return (
    <a {...props} className={`${styles.button} ${styles[look] ?? ''}`}>
      {children}
    </a>
  )
}
