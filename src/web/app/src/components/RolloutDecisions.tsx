import { useId, useState } from 'react'
import type { Decision, Found, Harm } from '../api/rollout.ts'
import { dayAndTime, evidence } from '../lib/quantities.ts'
import { kindOf, shareOf } from '../lib/rollout.ts'
import { harmName } from '../lib/rolloutCharts.ts'
import { rolloutStrings } from '../strings/rollout.ts'
import { Button } from './Button.tsx'
import styles from './Rollout.module.css'

const words = rolloutStrings.decisions
/** More are shown when they are asked for. */
const FIRST = 10

/** Every decision with its sentence, the newest first. */
export function RolloutDecisions({ decisions, current }: { decisions: readonly Decision[]; current: number | undefined }) {
  const id = useId()
  const [isAll, setIsAll] = useState(false)
  const shown = isAll ? decisions : decisions.slice(0, FIRST)
  return (
    <section className={styles.section} aria-labelledby={id}>
      <h2 id={id} tabIndex={-1}>
        {words.title}
      </h2>
      {decisions.length === 0 ? (
        <p className={styles.soft}>{words.none}</p>
      ) : (
        <ol className={styles.list} aria-labelledby={id}>
          {shown.map((decision) => (
            <Row key={decision.id} decision={decision} isEarlier={decision.rollout !== null && decision.rollout !== current} />
          ))}
        </ol>
      )}
      {shown.length < decisions.length && (
        <div>
          <Button
            onClick={() => {
              setIsAll(true)
              // The button is gone then.
              document.getElementById(id)?.focus()
            }}
          >
            {words.all(decisions.length)}
          </Button>
        </div>
      )}
    </section>
  )
}

function Row({ decision, isEarlier }: { decision: Decision; isEarlier: boolean }) {
  const id = useId()
  const [isOpen, setIsOpen] = useState(false)
  const { at, by, rollout, sentence, reason, numbers } = decision
  const [kind, became] = kindOf(decision)
  // What the judge writes there is an id, and its sentence says the same.
  const isReasonNew = by !== words.judge && !sentence.includes(reason)
  return (
    <li className={styles.decision}>
      <p className={styles.facts}>
        <strong>{kind}</strong>
        <Change of={decision} />
        {became !== '' && <span className={styles.mark}>{became}</span>}
        <span>{words.by(by)}</span>
        {isEarlier && rollout !== null && <span>{words.ofRollout(rollout)}</span>}
        <time dateTime={at}>{dayAndTime(at)}</time>
      </p>
      <div className={styles.why}>
        <div>
          {sentence !== '' && <p>{sentence}</p>}
          {isReasonNew && <p className={styles.soft}>{words.reason(reason)}</p>}
        </div>
        {numbers !== null && (
          <Button aria-expanded={isOpen} aria-controls={isOpen ? id : undefined} aria-label={words.numbersOf(kind, dayAndTime(at))} onClick={() => setIsOpen(!isOpen)}>
            {words.numbers}
          </Button>
        )}
      </div>
      {isOpen && numbers !== null && <Numbers id={id} label={words.numbersOf(kind, dayAndTime(at))} found={numbers} />}
    </li>
  )
}

/** What was counted and found then. */
function Numbers({ id, label, found: { harms } }: { id: string; label: string; found: Found }) {
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- What scrolls is reached by the keyboard.
    <div id={id} className={styles.scroller} role="region" aria-label={label} tabIndex={0}>
      <table className={styles.table}>
        <thead>
          <tr>
            {Object.entries(words.columns).map(([name, column]) => (
              <th key={name} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {harms.map((harm) => (
            <tr key={harm.id}>
              <th scope="row">{harmName(harm.id)}</th>
              <td>{words.harmed(harm.stream.harmed, harm.stream.people)}</td>
              <td>{words.harmed(harm.poll.harmed, harm.poll.people)}</td>
              <td>{strongest(harm)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function strongest({ absolute, relative }: Harm): string {
  const found = [absolute, relative].filter((log) => log !== null)
  return found.length === 0 ? words.nothing : evidence(Math.max(...found))
}

function Change({ of: { share_from: from, share_to: to } }: { of: Decision }) {
  if (from === null || to === null || from === to) return null
  return (
    <span>
      <span aria-hidden="true">{words.change(shareOf(from), shareOf(to))}</span>
      <span className="visually-hidden">{words.changeSpoken(shareOf(from), shareOf(to))}</span>
    </span>
  )
}
