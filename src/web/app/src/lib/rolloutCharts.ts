import type { State } from '../api/health.ts'
import type { Harm, Harmed, PlannedHarm, Rollout, Test, Watched } from '../api/rollout.ts'
import { healthStrings } from '../strings/health.ts'
import { rolloutStrings } from '../strings/rollout.ts'
import { type Chart, isEmpty, type Look } from './charts.ts'
import { evidence, percentOfBad, tickOf } from './quantities.ts'
import { EVIDENCE } from './scales.ts'

const words = rolloutStrings.evidence

/** Of the numbers for the charts. */
const STEP_S = 60
const LOOKS = { absolute: 'first', relative: 'second' } as const satisfies Readonly<Record<Test, Look>>
const TESTS = ['absolute', 'relative'] as const

export const harmName = (id: string) => words.harms[id] ?? healthStrings.shares.harms[id] ?? id

/** Whether a harm is in doubt or certain: where there are two tests the weaker one must agree, as it must for the judge. */
export function harmState({ stream, absolute, relative, hold_line: hold, roll_back_line: rollBack }: Harm): State {
  const found = [absolute, relative].filter((log) => log !== null)
  if (found.length === 0 || stream.people === 0) return 'quiet'
  const [strongest, isAgreed] = [Math.max(...found), found.length === 1 || Math.min(...found) > 0]
  if (!isAgreed || strongest < hold) return 'well'
  return rollBack !== null && strongest >= rollBack ? 'bad' : 'warn'
}

/** "9 of 41 (21.96%)". */
export function harmedOf({ harmed, people }: Harmed): string {
  return people === 0 ? words.nobody : words.of(harmed, people, percentOfBad(harmed / people))
}

/** A chart of each harm: its evidence over time, and the lines at which it holds and rolls back. */
export function chartsOf(rollout: Watched, { plan }: Rollout): readonly (readonly [chart: Chart, state: State])[] {
  return rollout.harms.map((harm) => [chartOf(harm, rollout, plan.harms.find(({ id }) => id === harm.id)), harmState(harm)])
}

function chartOf(harm: Harm, { looks, looked_at }: Watched, planned: PlannedHarm | undefined): Chart {
  const { id, hold_line: hold, roll_back_line: rollBack } = harm
  const tests = TESTS.filter((test) => (planned === undefined ? harm[test] !== null : planned.tests.includes(test)))
  const at = looks.map((look) => Date.parse(look.at) / 1_000)
  const first = at[0] ?? 0
  const lines = tests.map((test) => ({
    name: words.tests[test],
    look: LOOKS[test],
    values: looks.map((look) => look[test][id] ?? null),
    write: evidence,
  }))
  const chart: Chart = {
    id: `harm-${id}`,
    title: harmName(id),
    note: `${words.arms(harmedOf(harm.stream), harmedOf(harm.poll))} ${linesOf(harm)}`,
    empty: words.empty,
    kind: 'lines',
    lines,
    left: EVIDENCE,
    goals: [],
    at,
    tick: (moment) => tickOf(moment, (at.at(-1) ?? first) - first),
    stepS: STEP_S,
    until: looked_at === null ? Infinity : Date.parse(looked_at) / 1_000,
  }
  // There would be nothing to cross them, and words in their place.
  if (isEmpty(chart)) return chart
  const goals: Chart['goals'] = [{ value: hold, name: words.hold, paint: 'doubt' }]
  return { ...chart, goals: rollBack === null ? goals : [...goals, { value: rollBack, name: words.rollBack, paint: 'certain' }] }
}

function linesOf({ hold_line: hold, roll_back_line: rollBack }: Harm): string {
  return rollBack === null ? words.onlyHolds(evidence(hold)) : words.lines(evidence(hold), evidence(rollBack))
}
