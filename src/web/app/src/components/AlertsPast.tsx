import { Fragment, useId, useState } from 'react'
import { type Alerts, type Incident, type Watched, useAlerts } from '../api/alerts.ts'
import { count, dayAndTime, percentOfBad, type Quantity, span } from '../lib/quantities.ts'
import { alertStrings as words } from '../strings/alerts.ts'
import styles from './Alerts.module.css'
import { Button } from './Button.tsx'
import { StateMark } from './StateMark.tsx'

/** More are shown when they are asked for. */
const FIRST = 5
const WRITE: Readonly<Record<Watched['unit'], Quantity>> = { percent: percentOfBad, seconds: span, count }

/** What was wrong, and what is watched. */
export function AlertsPast() {
  const { data } = useAlerts()
  const id = useId()
  const [isAll, setIsAll] = useState(false)
  const [isOpen, setIsOpen] = useState(false)
  if (data === undefined) return null
  const { history } = data
  const shown = isAll ? history : history.slice(0, FIRST)
  return (
    <section className={styles.section} aria-labelledby={id}>
      <h2 id={id} tabIndex={-1}>
        {words.history.title}
      </h2>
      {history.length === 0 ? (
        <p className={styles.soft}>{words.history.none}</p>
      ) : (
        <ol className={styles.past} aria-labelledby={id}>
          {shown.map((incident) => (
            <Row key={incident.id} incident={incident} />
          ))}
        </ol>
      )}
      <div className={styles.buttons}>
        {shown.length < history.length && (
          <Button
            onClick={() => {
              setIsAll(true)
              // The button is gone then.
              document.getElementById(id)?.focus()
            }}
          >
            {words.history.all(history.length)}
          </Button>
        )}
        <Button aria-expanded={isOpen} aria-controls={isOpen ? `${id}-list` : undefined} onClick={() => setIsOpen(!isOpen)}>
          {isOpen ? words.list.hide : words.list.show(data.alerts.length)}
        </Button>
      </div>
      {isOpen && <List id={`${id}-list`} alerts={data.alerts} />}
      {!data.webhook && <p className={styles.soft}>{words.noWebhook}</p>}
    </section>
  )
}

function Row({ incident: { alert, severity, summary, begun_at: begun, ended_at: ended, notice } }: { incident: Incident }) {
  const lasted = ended === null ? undefined : Math.max(0, (Date.parse(ended) - Date.parse(begun)) / 1_000)
  const trouble = notice === null ? '' : words.history.notices[notice]
  return (
    <li>
      <StateMark state={severity === 'page' ? 'bad' : 'warn'} />
      <div>
        <p>{summary}</p>
        <p className={styles.facts}>
          <span>{alert}</span>
          <time dateTime={begun}>{dayAndTime(begun)}</time>
          {lasted !== undefined && <span>{words.history.lasted(lasted)}</span>}
          {trouble !== '' && <span>{trouble}</span>}
        </p>
      </div>
    </li>
  )
}

function List({ id, alerts }: { id: string; alerts: Alerts['alerts'] }) {
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- What scrolls is reached by the keyboard.
    <div id={id} className={styles.scroller} role="region" aria-label={words.list.label} tabIndex={0}>
      <table className={styles.table}>
        <thead>
          <tr>
            {Object.values(words.list.columns).map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {alerts.map((alert) => (
            <tr key={alert.name}>
              <th scope="row">
                <Name of={alert} />
              </th>
              <td>{words.severity[alert.severity]}</td>
              <td>{valueOf(alert)}</td>
              <td data-state={alert.state}>{words.list.states[alert.state]}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function Name({ of: { name, runbook } }: { of: Watched }) {
  // In a narrow window it is broken between its words.
  const broken = name.split(/(?=[A-Z])/).map((word) => (
    <Fragment key={word}>
      {word}
      <wbr />
    </Fragment>
  ))
  if (runbook === null) return broken
  return (
    <a href={runbook} target="_blank" rel="noreferrer" aria-label={`${words.runbookOf(name)} (${words.newTab})`}>
      {broken}
    </a>
  )
}

function valueOf({ value, unit }: Watched) {
  if (value !== null) return WRITE[unit](value)
  return (
    <>
      <span aria-hidden="true">{words.list.nothing}</span>
      <span className="visually-hidden">{words.list.noValue}</span>
    </>
  )
}
