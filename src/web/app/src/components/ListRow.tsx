import type { CSSProperties, ReactNode } from 'react'
import { Link } from 'wouter'
import styles from './ListRow.module.css'

interface Props {
  /** The id of the session that it is. */
  readonly session?: string
  /** What it looks like: as a session in this state. */
  readonly state: string
  readonly name: string
  /** Where the row leads, if it leads somewhere. */
  readonly to?: string
  /** Small and fixed: when, how long, how large. */
  readonly facts?: ReactNode
  /** More about how it stands. */
  readonly detail: ReactNode
  /** How it stands, in a word and a number. */
  readonly standing: string
  /** How far it is, from 0 to 1; null where it is not under way or that is not known. */
  readonly progress: number | null
  /** What the progress is of. */
  readonly progressOf: string
  /** What can be done with it. */
  readonly children: ReactNode
}

/** One line of the list: a recording, from its first byte on its way to the server to its last word. */
export function ListRow({ session, state, name, to, facts, detail, standing, progress, progressOf, children }: Props) {
  const bar = progress !== null && {
    role: 'progressbar',
    'aria-label': progressOf,
    'aria-valuemin': 0,
    'aria-valuemax': 100,
    'aria-valuenow': Math.floor(progress * 100),
    'aria-valuetext': standing,
  }
  return (
    <li className={styles.row} data-session={session} data-state={state} style={{ '--progress': progress ?? 0 } as CSSProperties}>
      <div className={styles.what}>
        {to === undefined ? (
          <span className={styles.name} dir="auto" title={name}>{name}</span>
        ) : (
          <Link href={to} className={styles.name} dir="auto" title={name}>
            {name}
          </Link>
        )}
        <p className={styles.how}>
          <span className={styles.state} {...bar}>
            {standing}
          </span>{' '}
          {(facts !== undefined || detail !== undefined) && (
            <span className={styles.facts}>
              {detail !== undefined && <span className={styles.detail}>{detail}</span>}
              {facts !== undefined && detail !== undefined && ' · '}
              {facts}
            </span>
          )}
        </p>
      </div>
      {children}
    </li>
  )
}
