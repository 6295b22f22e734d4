import { useEffect, useId, useRef } from 'react'
import { type Alerts, type Incident, useAlerts } from '../api/alerts.ts'
import { sentenceOf } from '../api/http.ts'
import { dayAndTime, span } from '../lib/quantities.ts'
import { useSay } from '../lib/say.ts'
import { useAge } from '../lib/useAge.ts'
import { useMinute } from '../lib/useMinute.ts'
import { alertStrings as words } from '../strings/alerts.ts'
import { Alert } from './Alert.tsx'
import styles from './Alerts.module.css'
import { StateMark } from './StateMark.tsx'

/** What is wrong now, in words, in the order of the server; else that nothing is. */
export function AlertsOpen() {
  const { data, error, isError, dataUpdatedAt, refetch } = useAlerts()
  useSayIncidents(data)
  if (data === undefined) {
    if (!isError) return <div className={styles.calm} aria-busy="true" />
    return (
      <Alert detail={sentenceOf(error)} onRetry={() => void refetch()}>
        {words.unread}
      </Alert>
    )
  }
  return (
    <div className={styles.open}>
      {!data.watching && <Alert detail={data.looked_at === null ? words.neverLooked : words.notWatchingWhat(dayAndTime(data.looked_at))}>{words.notWatching}</Alert>}
      {data.open.length > 0 ? <Incidents open={data.open} /> : data.watching && <Calm alerts={data} />}
      {data.telemetry === false && <p className={styles.soft}>{words.noTelemetry}</p>}
      {isError && <Stale updatedAt={dataUpdatedAt} />}
    </div>
  )
}

function Calm({ alerts: { alerts } }: { alerts: Alerts }) {
  const pending = alerts.filter(({ state }) => state === 'pending').length
  return (
    <p className={styles.calm}>
      <StateMark state="well" />
      <span>
        <strong>{words.nothing}</strong> {words.watched(alerts.length)} {pending > 0 && words.pending(pending)}
      </span>
    </p>
  )
}

function Incidents({ open }: { open: readonly Incident[] }) {
  const id = useId()
  const now = useMinute()
  return (
    <section aria-labelledby={id}>
      <h2 id={id} className="visually-hidden">
        {words.open}
      </h2>
      <ol className={styles.incidents} aria-labelledby={id}>
        {open.map((incident) => (
          <Row key={incident.id} incident={incident} now={now} />
        ))}
      </ol>
    </section>
  )
}

function Row({ incident, now }: { incident: Incident; now: number }) {
  const { alert, severity, summary, people, runbook, begun_at: begun, notice } = incident
  const trouble = notice === null ? '' : words.notices[notice]
  return (
    <li className={styles.incident} data-severity={severity}>
      <StateMark state={severity === 'page' ? 'bad' : 'warn'} />
      <div className={styles.words}>
        <h3>{summary}</h3>
        {people !== '' && <p className={styles.soft}>{words.people(people)}</p>}
        <p className={styles.facts}>
          <strong>{words.severity[severity]}</strong>
          <time dateTime={begun}>{words.since(dayAndTime(begun), Math.max(0, (now - Date.parse(begun)) / 1_000))}</time>
          <span>{alert}</span>
        </p>
        {trouble !== '' && <p className={styles.soft}>{trouble}</p>}
      </div>
      {runbook !== null && (
        <a className={styles.runbook} href={runbook} target="_blank" rel="noreferrer" aria-label={`${words.runbookOf(alert)} (${words.newTab})`}>
          {words.runbook}
        </a>
      )}
    </li>
  )
}

function Stale({ updatedAt }: { updatedAt: number }) {
  return <p className={styles.soft}>{words.stale(span(Math.max(1, useAge(updatedAt))))}</p>
}

/** Says which incidents began and which are over while somebody listens, and not at first. */
function useSayIncidents(alerts: Alerts | undefined) {
  const say = useSay()
  const before = useRef<readonly Incident[]>(undefined)
  useEffect(() => {
    if (alerts === undefined) return
    const { open } = alerts
    const isIn = (of: readonly Incident[]) => (one: Incident) => of.some(({ id }) => id === one.id)
    const old = before.current
    before.current = open
    if (old === undefined) return
    const began = open.filter((one) => !isIn(old)(one)).map(({ summary }) => words.began(summary))
    const over = old.filter((one) => !isIn(open)(one)).map(({ summary }) => words.over(summary))
    if (began.length + over.length > 0) say([...began, ...over].join(' '))
  }, [alerts, say])
}
