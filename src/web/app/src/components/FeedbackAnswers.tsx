import type { GivenAnswer } from '../api/allFeedback.ts'
import { allFeedbackStrings as words } from '../strings/allFeedback.ts'
import { formats } from '../strings/index.ts'
import styles from './Feedback.module.css'

/** The answers one by one, with what people wrote. */
export function FeedbackAnswers({ answers }: { answers: readonly GivenAnswer[] }) {
  return (
    <ul className={styles.list}>
      {answers.map(({ id, at, rating, comment, mode }) => (
        <li key={id} className={styles.answer}>
          <p className={styles.facts}>
            <strong>{words.list.rating(rating)}</strong>
            <span>{words.modes.names[mode] ?? mode}</span>
            <time dateTime={at}>{formats.moment(at)}</time>
          </p>
          {comment !== '' && (
            <p className={styles.comment} dir="auto">
              {comment}
            </p>
          )}
        </li>
      ))}
    </ul>
  )
}
