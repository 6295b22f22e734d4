import type { Connection } from '@playhead/live'
import { useId } from 'react'
import type { DateGroup } from '../lib/dateGroups.ts'
import styles from './ListGroup.module.css'
import { SessionRow } from './SessionRow.tsx'

interface Props {
  readonly group: DateGroup
  readonly connection: Connection
}

/** The sessions of a day or a month, under its name. */
export function SessionGroup({ group: { title, when, sessions }, connection }: Props) {
  const id = useId()
  return (
    <div className={styles.group}>
      <h3 id={id}>{title}</h3>
      <ul className={styles.list} aria-labelledby={id}>
        {sessions.map(({ session, status }) => (
          <SessionRow key={session.id} session={session} status={status} connection={connection} when={when} />
        ))}
      </ul>
    </div>
  )
}
