import type { ReactNode } from 'react'
import type { State } from '../api/health.ts'
import { sentenceOf } from '../api/http.ts'
import type { Tested } from '../lib/connectionTest.ts'
import { connectionTestStrings as words } from '../strings/connectionTest.ts'
import styles from './ConnectionResult.module.css'
import { StateMark } from './StateMark.tsx'
import verdict from './Verdict.module.css'

interface Props {
  /** Undefined: it is under way, or failed. */
  readonly tested: Tested | undefined
  readonly error: Error | null
  readonly isAdmin: boolean
  /** While it is under way: how far it is. */
  readonly detail: string
  /** What can be done. */
  readonly children: ReactNode
}

/** The answer of the test, in one sentence, and what to do about it. */
export function ConnectionResult({ tested, error, isAdmin, detail, children }: Props) {
  const state = error === null ? stateOf(tested) : 'bad'
  return (
    <section className={verdict.verdict} data-state={state} aria-label={words.result}>
      {/* Of what is under way it says nothing. */}
      <span className={styles.mark} aria-hidden={tested === undefined && error === null}>
        <StateMark state={state} large />
      </span>
      <div className={verdict.words}>
        <h2>{error === null ? (tested?.verdict.sentence ?? words.running) : words.failed}</h2>
        <p>{error === null ? (tested === undefined ? detail : todoOf(state, isAdmin)) : sentenceOf(error)}</p>
      </div>
      <div className={styles.actions}>{children}</div>
    </section>
  )
}

function stateOf(tested: Tested | undefined): State {
  if (tested === undefined) return 'quiet'
  if (tested.verdict.healthy) return 'well'
  return tested.verdict.findings.some(({ level }) => level === 'wrong') ? 'bad' : 'quiet'
}

function todoOf(state: State, isAdmin: boolean): string {
  const { well, unclear, wrong, wrongForAdmin } = words.todo
  if (state === 'well') return well
  if (state === 'quiet') return unclear
  return isAdmin ? wrongForAdmin : wrong
}
