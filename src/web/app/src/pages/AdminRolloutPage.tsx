import { useEffect, useRef } from 'react'
import { sentenceOf } from '../api/http.ts'
import { type Rollout, useRollout } from '../api/rollout.ts'
import { Alert } from '../components/Alert.tsx'
import { HealthSkeleton } from '../components/HealthSkeleton.tsx'
import { RolloutArms } from '../components/RolloutArms.tsx'
import { RolloutDecisions } from '../components/RolloutDecisions.tsx'
import { RolloutEvidence } from '../components/RolloutEvidence.tsx'
import { RolloutHarms } from '../components/RolloutHarms.tsx'
import { RolloutLadder } from '../components/RolloutLadder.tsx'
import { RolloutPast } from '../components/RolloutPast.tsx'
import { RolloutServer } from '../components/RolloutServer.tsx'
import { RolloutStanding } from '../components/RolloutStanding.tsx'
import { RolloutTroubles } from '../components/RolloutTroubles.tsx'
import { kindOf } from '../lib/rollout.ts'
import { useSay } from '../lib/say.ts'
import { useTitle } from '../lib/useTitle.ts'
import { rolloutStrings as words } from '../strings/rollout.ts'
import styles from './AdminRolloutPage.module.css'

/** For admins: how far live updates are rolled out, whether they harm people, and what can be done about it. */
export function AdminRolloutPage() {
  useTitle(words.title)
  const { data, error, isError, isPending, dataUpdatedAt, refetch } = useRollout()
  useSayDecisions(data)
  const onRetry = () => void refetch()
  return (
    <div className={styles.page}>
      <div>
        <h1>{words.title}</h1>
        <p className={styles.soft}>{words.what}</p>
      </div>
      {isError && data === undefined && <Alert onRetry={onRetry}>{sentenceOf(error)}</Alert>}
      {isPending && <HealthSkeleton />}
      {data !== undefined && (
        <>
          <RolloutTroubles {...data} />
          <RolloutStanding of={data} reading={{ updatedAt: dataUpdatedAt, trouble: isError ? sentenceOf(error) : undefined, onRetry }} />
          <RolloutLadder {...data} />
          <Numbers of={data} />
          <RolloutDecisions decisions={data.decisions} current={data.rollout?.id} />
          {data.past.length > 0 && <RolloutPast past={data.past} />}
        </>
      )}
    </div>
  )
}

/** What was counted and found; before a rollout, what will be. */
function Numbers({ of }: { of: Rollout }) {
  const { rollout, plan } = of
  if (rollout === null) return plan.harms.length > 0 && <RolloutHarms harms={plan.harms} />
  return (
    <>
      <div className={styles.beside}>
        <RolloutArms rollout={rollout} />
        {rollout.server.length > 0 && <RolloutServer lines={rollout.server} />}
      </div>
      <RolloutEvidence rollout={rollout} of={of} />
    </>
  )
}

/** Says a decision that is made while somebody listens, by whomever: the last of several. */
function useSayDecisions(of: Rollout | undefined) {
  const say = useSay()
  const newest = of?.decisions[0]
  const before = useRef<number>(undefined)
  const id = of && (newest?.id ?? 0)
  const sentence = newest && (newest.sentence || kindOf(newest)[0])
  useEffect(() => {
    if (id === undefined) return
    if (before.current !== undefined && id > before.current && sentence !== undefined) say(sentence)
    before.current = id
  }, [id, sentence, say])
}
