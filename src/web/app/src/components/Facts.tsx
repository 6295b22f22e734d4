import { type SessionStatus, isFinal } from '@playhead/session-status'
import { clock, percent, span, spanRange } from '../lib/format.ts'
import { stageName } from '../lib/stages.ts'
import styles from './Facts.module.css'

/** The numbers of a status, each only where there is one. */
export function Facts({ status, duration }: { status: SessionStatus; duration: number | null }) {
  return (
    <dl className={styles.facts}>
      {factsOf(status, duration).map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}

function factsOf(status: SessionStatus, duration: number | null): readonly (readonly [string, string])[] {
  const { progress, position_s, speed, eta_s, eta_range_s, queue_position, retry_in_s } = status
  const facts: [string, string][] = [['Stage', stageName(status)]]
  if (queue_position !== null) facts.push(['In the queue', queue_position <= 1 ? 'Next' : `Number ${queue_position}`])
  // Of what is complete, neither says anything.
  if (status.state !== 'completed') {
    if (progress !== null) facts.push(['Progress', percent(progress)])
    if (position_s !== null) facts.push(['Position', positionOf(position_s, duration)])
  }
  if (speed !== null) facts.push(['Speed', `${speed.toFixed(1)}× real time`])
  if (isFinal(status)) return facts
  if (eta_range_s !== null) facts.push(['Time left', spanRange(eta_range_s)])
  else if (eta_s !== null) facts.push(['Time left', `about ${span(eta_s)}`])
  if (retry_in_s !== null) facts.push(['Next try in', span(retry_in_s)])
  return facts
}

function positionOf(position: number, duration: number | null): string {
  return duration === null ? clock(position) : `${clock(position)} of ${clock(duration)}`
}
