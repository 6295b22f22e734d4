import type { ReactNode } from 'react'
import styles from './Rollout.module.css'

/** A table of a rollout: a head with the names of the columns, and rows. */
export function RolloutTable({ columns, children }: { columns: readonly string[]; children: ReactNode }) {
  return (
    <table className={styles.table}>
      <thead>
        <tr>
          {columns.map((name) => (
            <th key={name} scope="col">
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>{children}</tbody>
    </table>
  )
}
