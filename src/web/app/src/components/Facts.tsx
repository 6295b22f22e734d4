import { isFinal } from '@playhead/live'
import type { SessionStatus } from '@playhead/session-status'
import { formats } from '../strings/index.ts'
import { sessionStrings } from '../strings/session.ts'
import styles from './Facts.module.css'

interface Props {
  readonly status: SessionStatus
  readonly duration: number | null
}

/** The numbers of a status, each only where there is one. */
export function Facts(props: Props) {
  return (
    <dl className={styles.facts}>
      {factsOf(props).map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}

function factsOf({ status, duration }: Props): readonly (readonly [string, string])[] {
  const words = sessionStrings.facts
  const { progress, position_s: position, speed, queue_position, retry_in_s } = status
  const facts: [string, string][] = []
  if (queue_position !== null) facts.push([words.queue, words.queuePlace(queue_position)])
  // Of what is complete, neither says anything.
  if (status.state !== 'completed') {
    if (progress !== null) facts.push([words.progress, formats.percent(progress)])
    if (position !== null) facts.push([words.position, positionOf(position, duration)])
  }
  if (speed !== null) facts.push([words.speed, words.speedOf(speed)])
  if (isFinal(status)) return facts
  if (retry_in_s !== null) facts.push([words.nextTry, formats.span(retry_in_s)])
  return facts
}

function positionOf(position: number, duration: number | null): string {
  return duration === null ? formats.clock(position) : sessionStrings.facts.positionOf(position, duration)
}
