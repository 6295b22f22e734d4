import type { Rollout } from '../api/rollout.ts'
import { rolloutStrings } from '../strings/rollout.ts'
import { Alert } from './Alert.tsx'
import styles from './Rollout.module.css'

const words = rolloutStrings.troubles

/** What keeps a rollout from being watched or moved. */
export function RolloutTroubles({ trouble, telemetry, is_allowed: isAllowed, emergency, plan: { problems } }: Rollout) {
  const isSwitchedOff = isAllowed === false && emergency === null
  if (trouble === null && telemetry && !isSwitchedOff && problems.length === 0) return null
  return (
    <div className={styles.section}>
      {trouble !== null && <Alert>{trouble}</Alert>}
      {!telemetry && <Alert detail={words.telemetryWhat}>{words.telemetry}</Alert>}
      {isSwitchedOff && <Alert>{words.killSwitch}</Alert>}
      {problems.length > 0 && <Alert detail={problems.join(' ')}>{words.plan}</Alert>}
    </div>
  )
}
