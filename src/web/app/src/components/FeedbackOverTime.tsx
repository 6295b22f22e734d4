import type { Step } from '../api/allFeedback.ts'
import { allFeedbackStrings } from '../strings/allFeedback.ts'
import { formats } from '../strings/index.ts'
import styles from './Feedback.module.css'

const words = allFeedbackStrings.steps

/** The mean of each step of time as a bar; the same as a table for those who listen. */
export function FeedbackOverTime({ steps }: { steps: readonly Step[] }) {
  const [first, last] = [steps[0], steps.at(-1)]
  return (
    <section className={styles.section} aria-labelledby="steps">
      <h2 id="steps">{words.title}</h2>
      <p className={styles.scale} aria-hidden="true">
        {words.scale}
      </p>
      <div className={styles.bars} aria-hidden="true">
        {steps.map((step) => (
          <div key={step.begins_at} className={styles.bar} title={sentenceOf(step)}>
            {step.mean !== null && <div style={{ blockSize: `${(step.mean / 5) * 100}%` }} />}
          </div>
        ))}
      </div>
      <p className={styles.ends} aria-hidden="true">
        <span>{first && formats.day(first.begins_at)}</span>
        <span>{last && formats.day(last.begins_at)}</span>
      </p>
      <div className="visually-hidden">
        <table aria-labelledby="steps">
          <thead>
            <tr>
              <th scope="col">{words.from}</th>
              <th scope="col">{allFeedbackStrings.modes.mean}</th>
              <th scope="col">{allFeedbackStrings.modes.count}</th>
            </tr>
          </thead>
          <tbody>
            {steps.map(({ begins_at, mean, count }) => (
              <tr key={begins_at}>
                <th scope="row">{formats.day(begins_at)}</th>
                <td>{mean === null ? words.noneThen : formats.decimal(mean)}</td>
                <td>{formats.number(count)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}

function sentenceOf({ begins_at, mean, count }: Step): string {
  const value = mean === null ? words.noneThen : allFeedbackStrings.mean(mean)
  return words.what(formats.day(begins_at), value, allFeedbackStrings.answers(count))
}
