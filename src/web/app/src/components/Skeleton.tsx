import { strings } from '../strings/index.ts'
import styles from './Skeleton.module.css'

/** The place of a list that is on its way. */
export function Skeleton() {
  return (
    <div data-loading className={`late ${styles.skeleton}`}>
      <p role="status" className="visually-hidden">
        {strings.common.loading}
      </p>
      {['a', 'b', 'c'].map((row) => (
        <div key={row} className={styles.row} aria-hidden="true">
          <span />
          <span />
        </div>
      ))}
    </div>
  )
}
