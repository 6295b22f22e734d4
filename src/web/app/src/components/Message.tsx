import type { ReactNode } from 'react'
import { Mark } from './Mark.tsx'
import styles from './Message.module.css'

/** A page that has only something to say. */
export function Message({ title, children }: Props) {
  return (
    <div className={styles.message}>
      <Mark size={2.5} />
      <h1>{title}</h1>
      <p>{children}</p>
    </div>
  )
}

interface Props {
  readonly title: string
  readonly children: ReactNode
}
