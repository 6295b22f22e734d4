import { type ComponentProps, useId } from 'react'
import styles from './Field.module.css'

interface Props extends ComponentProps<'input'> {
  readonly label: string
  readonly hint?: string | undefined
  /** What is wrong with what was filled in. */
  readonly error?: string | undefined
}

/** An input with its label, a hint that is read with it, and what is wrong with it. */
export function Field({ label, hint, error, ...props }: Props) {
  const id = useId()
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(' ')
  return (
    <div className={styles.field}>
      <label htmlFor={id}>{label}</label>
      <input
        {...props}
        id={id}
        className={styles.input}
        aria-describedby={described || undefined}
        aria-invalid={error === undefined ? undefined : true}
      />
      {hint && (
        <p id={`${id}-hint`} className={styles.hint}>
          {hint}
        </p>
      )}
      {error && (
        <p id={`${id}-error`} className={styles.error} role="alert">
          {error}
        </p>
      )}
    </div>
  )
}
