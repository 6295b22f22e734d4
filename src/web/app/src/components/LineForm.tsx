import type { FormEvent, ReactNode } from 'react'
import styles from './LineForm.module.css'

interface Props {
  readonly onSubmit: (event: FormEvent<HTMLFormElement>) => void
  readonly children: ReactNode
}

/** A field and its button: side by side where there is room. */
export function LineForm({ onSubmit, children }: Props) {
  return (
    <form className={styles.form} onSubmit={onSubmit}>
      {children}
    </form>
  )
}
