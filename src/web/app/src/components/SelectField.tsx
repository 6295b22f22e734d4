import { type ComponentProps, useId } from 'react'
import styles from './Field.module.css'

/** A choice with its label, as wide as its longest option. */
export function SelectField({ label, ...props }: ComponentProps<'select'> & { readonly label: string }) {
  const id = useId()
  return (
    <div className={styles.choice}>
      <label htmlFor={id}>{label}</label>
      <select {...props} id={id} className={styles.input} />
    </div>
  )
}
