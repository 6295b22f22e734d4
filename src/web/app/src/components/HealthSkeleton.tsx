import { strings } from '../strings/index.ts'
import styles from './HealthSkeleton.module.css'

/** The place of the verdict, the numbers and the checks while they are on their way. */
export function HealthSkeleton() {
  return (
    <div data-loading className={`late ${styles.skeleton}`}>
      <p role="status" className="visually-hidden">
        {strings.common.loading}
      </p>
      {['verdict', 'now', 'checks', 'charts'].map((part) => (
        <div key={part} data-part={part} aria-hidden="true" />
      ))}
    </div>
  )
}
