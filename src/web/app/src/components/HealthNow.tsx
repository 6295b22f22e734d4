import type { Now } from '../api/health.ts'
import { count, type Quantity, span } from '../lib/quantities.ts'
import { healthStrings } from '../strings/health.ts'
import styles from './HealthNow.module.css'

const words = healthStrings.now
const SHOWN = [
  ['people', count],
  ['streams_open', count],
  ['waits_open', count],
  ['queue_depth', count],
  ['queue_oldest_s', span],
  ['running', count],
] as const satisfies readonly (readonly [keyof Now, Quantity])[]

/** The numbers of this moment. */
export function HealthNow({ now }: { now: Now }) {
  return (
    <section className={styles.part} aria-label={words.title}>
      <dl className={styles.now}>
        {SHOWN.map(([name, write]) => (
          <div key={name}>
            <dt>{words.names[name]}</dt>
            <dd>{shown(now[name], write)}</dd>
          </div>
        ))}
      </dl>
    </section>
  )
}

function shown(value: number | null, write: Quantity) {
  if (value !== null) return write(value)
  return (
    <>
      <span aria-hidden="true">{words.nothing}</span>
      <span className="visually-hidden">{words.notReported}</span>
    </>
  )
}
