import type { ReactNode } from 'react'
import { Mark } from './Mark.tsx'
import styles from './Message.module.css'

/** A page, or a place on one, that has only something to say. */
export function Message({ title, level: Heading = 'h1', children }: Props) {
  return (
    <div className={styles.message}>
      <Mark size={2.5} />
      <Heading>{title}</Heading>
      <p>{children}</p>
    </div>
  )
}

interface Props {
  readonly title: string
  readonly level?: 'h1' | 'h3'
  readonly children: ReactNode
}
