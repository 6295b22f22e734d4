import { type CSSProperties, useId } from 'react'
import type { Decision, Rollout, Stage, Watched } from '../api/rollout.ts'
import { percent, span } from '../lib/quantities.ts'
import { shareOf } from '../lib/rollout.ts'
import { rolloutStrings } from '../strings/rollout.ts'
import { Icon } from './Icon.tsx'
import styles from './RolloutLadder.module.css'

const words = rolloutStrings.ladder

/** The plan, stage by stage, and how far the rollout is in its stage. */
export function RolloutLadder({ plan: { stages }, rollout, decisions }: Rollout) {
  const id = useId()
  const proven = provenOf(rollout, decisions)
  return (
    <section className={styles.section} aria-labelledby={id}>
      <div>
        <h2 id={id}>{words.title}</h2>
        {rollout === null && <Summary stages={stages} />}
      </div>
      <ol className={styles.ladder}>
        {stages.map((stage, index) => {
          const here = rollout?.stage ?? -1
          const before = proven.has(index) ? 'done' : 'below'
          const look = index < here ? before : index === here ? 'here' : 'ahead'
          return (
            <li key={stage.share} className={styles.stage} data-look={look} aria-current={look === 'here' ? 'step' : undefined}>
              <p className={styles.head}>
                <strong>{shareOf(stage.share)}</strong>
                {look === 'done' && <Icon name="check" />}
                {rollout !== null && <span className={look === 'here' ? styles.here : 'visually-hidden'}>{words.state[look]}</span>}
              </p>
              {look === 'here' && rollout !== null ? <Progress rollout={rollout} share={shareOf(stage.share)} /> : <Taken stage={stage} />}
            </li>
          )
        })}
      </ol>
    </section>
  )
}

/** The stages that the judge ended: a dry run ends none, and a person may leave some out. */
function provenOf(rollout: Watched | null, decisions: readonly Decision[]): ReadonlySet<number> {
  const advances = decisions.filter((one) => one.rollout === rollout?.id && one.decision === 'advance' && one.state === 'acted')
  return new Set(advances.map(({ stage }) => (stage ?? 0) - 1))
}

/** The whole plan in one sentence, before it begins. */
function Summary({ stages }: { stages: readonly Stage[] }) {
  const [first, last] = [stages[0], stages.at(-1)]
  if (first === undefined || last === undefined) return null
  const time = stages.reduce((sum, { bake_s }) => sum + bake_s, 0)
  return <p className={styles.soft}>{words.plan(stages.length, shareOf(first.share), shareOf(last.share), span(time))}</p>
}

/** What a stage takes. */
function Taken({ stage: { bake_s, people, margin } }: { stage: Stage }) {
  return (
    <ul className={styles.facts}>
      <li>{words.time(span(bake_s))}</li>
      <li>{words.people(people)}</li>
      <li>{words.margin(percent(margin))}</li>
    </ul>
  )
}

function Progress({ rollout, share }: { rollout: Watched; share: string }) {
  const { baked_s: baked, bake_s: bake, arms, people_needed: needed } = rollout
  const { people } = arms.stream
  return (
    <div className={styles.facts}>
      <Bar label={words.bakedLabel(share)} done={baked} of={bake} text={words.baked(span(Math.min(baked, bake)), span(bake))} />
      <Bar label={words.countedLabel(share)} done={people} of={needed} text={words.counted(people, needed)} />
      <p>{waitsFor(rollout)}</p>
    </div>
  )
}

/** When the stage ends. */
function waitsFor({ state, needs_person: needsPerson, left_s: left }: Watched): string {
  if (state !== 'running') return state === 'manual' || needsPerson ? words.paused : words.held
  if (left === null) return words.waits
  // Both bars are full before it is proven that there is no harm.
  return left === 0 ? words.proof : words.left(left)
}

function Bar({ label, done, of, text }: { label: string; done: number; of: number; text: string }) {
  const share = of === 0 ? 1 : Math.min(1, done / of)
  return (
    <div>
      <p>{text}</p>
      <span
        className={styles.bar}
        style={{ '--share': share } as CSSProperties}
        role="progressbar"
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.floor(share * 100)}
        aria-valuetext={text}
      />
    </div>
  )
}
