import { Link } from 'wouter'
import styles from './RangeLinks.module.css'

/** Links to the ranges of time that a page for admins shows; the chosen one is marked. */
export function RangeLinks<R extends string>({
  label,
  ranges,
  names,
  chosen,
  addressOf,
}: {
  readonly label: string
  readonly ranges: readonly R[]
  readonly names: Readonly<Record<R, string>>
  readonly chosen: R
  readonly addressOf: (range: R) => string
}) {
  return (
    <nav className={styles.ranges} aria-label={label}>
      {ranges.map((one) => (
        <Link key={one} href={addressOf(one)} aria-current={one === chosen ? 'true' : undefined}>
          {names[one]}
        </Link>
      ))}
    </nav>
  )
}
