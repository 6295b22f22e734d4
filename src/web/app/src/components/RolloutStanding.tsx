import type { Rollout } from '../api/rollout.ts'
import { dayAndTime } from '../lib/quantities.ts'
import { shareOf, standingOf } from '../lib/rollout.ts'
import { rolloutStrings as words } from '../strings/rollout.ts'
import styles from './Rollout.module.css'
import { RolloutOrders } from './RolloutOrders.tsx'
import { type Reading, Verdict } from './Verdict.tsx'

/** Where the rollout stands in one sentence, what a person can do about it, and where the slider is. */
export function RolloutStanding({ of, reading }: { of: Rollout; reading: Reading }) {
  const { rollout } = of
  const { state, sentence, detail } = standingOf(of)
  return (
    <Verdict
      label={words.verdict.label}
      state={state}
      sentence={sentence}
      detail={
        <>
          {detail}
          {rollout?.is_dry_run === true && (
            <span className={styles.aside}>
              <span className={styles.mark}>{words.dry}</span>
              {words.dryWhat}
            </span>
          )}
        </>
      }
      unknown={words.verdict.unknown}
      reading={reading}
      foot={(age) => [sliderOf(of), ...begunOf(of), age].join(' · ')}
    >
      <RolloutOrders of={of} />
    </Verdict>
  )
}

function sliderOf({ share, location }: Rollout): string {
  return share === null ? words.unread(location) : words.slider(shareOf(share), location)
}

function begunOf({ rollout }: Rollout): readonly string[] {
  if (rollout === null) return []
  const { group, begun_at: at, begun_by: by, reason } = rollout
  return [words.group(group), words.begun(dayAndTime(at), by, reason)]
}
