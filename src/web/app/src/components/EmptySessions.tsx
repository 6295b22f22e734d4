import { strings } from '../strings/index.ts'
import styles from './EmptySessions.module.css'

/** Before the first recording: what will happen with it. */
export function EmptySessions() {
  const { title, steps, api } = strings.list.empty
  return (
    <div className={styles.empty}>
      <h3>{title}</h3>
      <ol className={styles.steps}>
        {steps.map(({ name, what }) => (
          <li key={name}>
            <strong>{name}</strong>
            <span>{what}</span>
          </li>
        ))}
      </ol>
      <p className={styles.api}>
        {api.before} <a href="/docs">{api.link}</a>
      </p>
    </div>
  )
}
