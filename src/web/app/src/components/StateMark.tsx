import type { State } from '../api/health.ts'
import { healthStrings as words } from '../strings/health.ts'
import styles from './StateMark.module.css'

const PATHS: Readonly<Record<State, string>> = {
  well: 'M5.8 10.4l2.9 2.9 5.6-6.3',
  warn: 'M10 5.6v5.2M10 14v.1',
  bad: 'M6.7 6.7l6.6 6.6M13.3 6.7l-6.6 6.6',
  quiet: 'M6.2 10h7.6',
}
/** Each state has a shape of its own: a disc, a triangle, an octagon, a ring. */
const SHAPES: Readonly<Record<State, string>> = {
  well: 'M10 1.2a8.8 8.8 0 1 1 0 17.6a8.8 8.8 0 1 1 0-17.6z',
  warn: 'M10 1.4L19.4 18.2H.6z',
  bad: 'M6.4 1.2h7.2l5.2 5.2v7.2l-5.2 5.2H6.4l-5.2-5.2V6.4z',
  quiet: 'M10 1.2a8.8 8.8 0 1 1 0 17.6a8.8 8.8 0 1 1 0-17.6z',
}

/** A state as a shape and a colour, named for who does not see it. */
export function StateMark({ state, large = false }: { state: State; large?: boolean }) {
  return (
    <svg className={styles.mark} data-state={state} data-large={large || undefined} viewBox="0 0 20 20" role="img" aria-label={words.states[state]}>
      <path className={styles.shape} d={SHAPES[state]} />
      <path className={styles.sign} d={PATHS[state]} transform={state === 'warn' ? 'translate(0 1.6)' : undefined} />
    </svg>
  )
}
