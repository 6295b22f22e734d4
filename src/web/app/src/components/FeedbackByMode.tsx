import type { Feedback } from '../api/allFeedback.ts'
import { allFeedbackStrings } from '../strings/allFeedback.ts'
import { formats } from '../strings/index.ts'
import styles from './Feedback.module.css'

const words = allFeedbackStrings.modes

/** The mean of each way in which people got updates, the most frequent first. */
export function FeedbackByMode({ modes }: { readonly modes: Feedback['by_mode'] }) {
  return (
    <section className={styles.section} aria-labelledby="modes">
      <h2 id="modes">{words.title}</h2>
      <table className={styles.table} aria-labelledby="modes">
        <thead>
          <tr>
            <th scope="col">{words.mode}</th>
            <th scope="col">{words.mean}</th>
            <th scope="col">{words.count}</th>
          </tr>
        </thead>
        <tbody>
          {modes.map(({ mode, mean, count }) => (
            <tr key={mode}>
              <th scope="row">{words.names[mode] ?? mode}</th>
              <td>{mean !== null && formats.decimal(mean)}</td>
              <td>{formats.number(count)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
