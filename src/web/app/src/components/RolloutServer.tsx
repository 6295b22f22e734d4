import { useId } from 'react'
import type { ServerLine } from '../api/rollout.ts'
import { count, milliseconds, percentOfBad, type Quantity, span } from '../lib/quantities.ts'
import { rolloutStrings } from '../strings/rollout.ts'
import styles from './Rollout.module.css'
import { RolloutTable } from './RolloutTable.tsx'
import { StateMark } from './StateMark.tsx'

const words = rolloutStrings.server
const WRITTEN: Readonly<Record<string, Quantity>> = {
  loop_lag: (s) => milliseconds(s * 1_000),
  flags_age: span,
  errors: percentOfBad,
  memory: percentOfBad,
}

/** The numbers of the server that hold a rollout as well. */
export function RolloutServer({ lines }: { lines: readonly ServerLine[] }) {
  const id = useId()
  return (
    <section className={styles.section} aria-labelledby={id}>
      <h2 id={id}>{words.title}</h2>
      <RolloutTable columns={[words.columns.what, words.columns.value, words.columns.line]}>
        {lines.map(({ id: line, value, line: limit, looks }) => {
          const write = WRITTEN[line] ?? count
          return (
            <tr key={line}>
              <th scope="row">
                {words.names[line] ?? line}
                {looks > 0 && (
                  <span className={styles.beyond}>
                    <StateMark state="warn" /> {words.looks(looks)}
                  </span>
                )}
              </th>
              <td>{value === null ? words.nothing : write(value)}</td>
              <td>{write(limit)}</td>
            </tr>
          )
        })}
      </RolloutTable>
    </section>
  )
}
