import type { ComponentProps } from 'react'
import styles from './Button.module.css'

interface Look {
  readonly look?: 'primary' | 'plain' | 'danger'
}

/** A button in one of three weights. Never submits a form unless it says so. */
export function Button({ look = 'plain', type = 'button', ...props }: ComponentProps<'button'> & Look) {
  return <button {...props} type={type} className={`${styles.button} ${styles[look]}`} />
}

/** A link that does what a button would: a download. */
export function ButtonLink({ look = 'plain', children, ...props }: ComponentProps<'a'> & Look) {
  return (
    <a {...props} className={`${styles.button} ${styles[look]}`}>
      {children}
    </a>
  )
}
