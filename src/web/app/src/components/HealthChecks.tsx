import { Fragment, useId } from 'react'
import type { Check, Health } from '../api/health.ts'
import { goalOf, nameOf, valueOf } from '../lib/checks.ts'
import { healthStrings } from '../strings/health.ts'
import { HealthCheck } from './HealthCheck.tsx'
import styles from './HealthChecks.module.css'
import { StateMark } from './StateMark.tsx'

const words = healthStrings.checks
const cellOf = (id: string) => `check-${id}`

/** Leads to the cell of a check that was opened from elsewhere: what it opens is below it. */
export function leadTo(id: string) {
  const cell = document.getElementById(cellOf(id))
  cell?.focus({ preventScroll: true })
  cell?.scrollIntoView()
}

interface Props {
  readonly health: Health
  readonly chosen: string | undefined
  readonly onChoose: (id: string | undefined) => void
}

/** What is judged, the most urgent first. Each opens what explains it, below its row. */
export function HealthChecks({ health, chosen, onChoose }: Props) {
  const id = useId()
  return (
    <section className={styles.section} aria-labelledby={id}>
      <h2 id={id}>{words.title}</h2>
      <div className={styles.checks}>
        {health.checks.map((check) => {
          const isOpen = check.id === chosen
          return (
            <Fragment key={check.id}>
              <button
                type="button"
                id={cellOf(check.id)}
                className={styles.cell}
                data-state={check.state}
                aria-expanded={isOpen}
                aria-controls={isOpen ? `${id}${check.id}` : undefined}
                onClick={() => onChoose(isOpen ? undefined : check.id)}
              >
                <Cell check={check} />
              </button>
              {isOpen && <HealthCheck id={`${id}${check.id}`} check={check} health={health} />}
            </Fragment>
          )
        })}
      </div>
    </section>
  )
}

function Cell({ check }: { check: Check }) {
  return (
    <>
      <span className={styles.name}>
        <StateMark state={check.state} /> {nameOf(check)}
      </span>{' '}
      <span className={styles.value}>{valueOf(check)}</span>{' '}
      <span className={styles.what}>
        {words.what[check.id]} <span className={styles.goal}>{goalOf(check)}</span>
      </span>
    </>
  )
}
