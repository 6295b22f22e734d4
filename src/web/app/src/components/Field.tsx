import { type ComponentProps, useId } from 'react'
import styles from './Field.module.css'

interface Props extends ComponentProps<'input'> {
  readonly label: string
  readonly hint?: string
}

/** An input with its label, and a hint that is read with it. */
export function Field({ label, hint, ...props }: Props) {
  const id = useId()
  return (
    <div className={styles.field}>
      <label htmlFor={id}>{label}</label>
      <input {...props} id={id} className={styles.input} aria-describedby={hint && `${id}-hint`} />
      {hint && (
        <p id={`${id}-hint`} className={styles.hint}>
          {hint}
        </p>
      )}
    </div>
  )
}
