import type { State } from '../api/health.ts'
import type { Decision, OrderName, Past, Rollout, Watched } from '../api/rollout.ts'
import { formats } from '../strings/index.ts'
import { rolloutStrings } from '../strings/rollout.ts'
import { dayAndTime } from './quantities.ts'
import { harmState } from './rolloutCharts.ts'

const words = rolloutStrings.verdict

/** Where the rollout stands, in two sentences. */
export interface Standing {
  readonly state: State
  readonly sentence: string
  readonly detail: string
}

/** A share in percent. */
export const shareOf = (share: number) => formats.percent(share / 100)

export function standingOf({ emergency, rollout, past, decisions, plan }: Rollout): Standing {
  if (emergency !== null) {
    const { since, by, reason } = emergency
    return { state: 'bad', sentence: words.emergency, detail: words.emergencyBy(dayAndTime(since), by, reason) }
  }
  if (rollout !== null) return watchedStanding(rollout, plan.stages.length)
  const [last] = past
  return last === undefined ? { state: 'quiet', sentence: words.none, detail: words.noneWhat } : endedStanding(last, decisions)
}

function watchedStanding(rollout: Watched, stages: number): Standing {
  const { state, is_dry_run: isDry, held_by: heldBy, needs_person: needsPerson, stage } = rollout
  const share = shareOf(rollout.share)
  const detail = rollout.sentence || words.waits
  if (state === 'manual') return { state: 'warn', sentence: words.manual(share), detail: words.manualWhat }
  if (state === 'running') {
    return { state: worstOf(rollout), sentence: (isDry ? words.runningDry : words.running)(share, stage + 1, stages), detail }
  }
  if (heldBy === 'person') return { state: 'warn', sentence: words.heldByPerson(share), detail }
  if (needsPerson) return { state: 'bad', sentence: words.needsPerson(share), detail }
  return { state: 'warn', sentence: (isDry ? words.heldDry : words.held)(share), detail }
}

/** A dry run goes on with harm that would have ended it. */
function worstOf({ harms }: Watched): State {
  const states = new Set(harms.map(harmState))
  return (['bad', 'warn'] as const).find((state) => states.has(state)) ?? 'well'
}

const ENDED: Readonly<Record<Past['outcome'], State>> = { rolled_back: 'bad', stopped: 'quiet', finished: 'well' }

/** Why it ended is the last that was decided of it. */
function endedStanding({ id, outcome, is_dry_run: isDry }: Past, decisions: readonly Decision[]): Standing {
  const why = decisions.find(({ rollout }) => rollout === id)?.sentence ?? ''
  // Only a person ends a dry run.
  return { state: ENDED[outcome], sentence: isDry ? words.endedDry : words.ended[outcome], detail: why }
}

const ORDERS: Readonly<Record<Watched['state'], readonly OrderName[]>> = {
  running: ['hold', 'move', 'stop'],
  held: ['resume', 'move', 'stop'],
  manual: ['resume', 'move', 'stop'],
}

/** What a person can order now. */
export function ordersOf({ rollout, emergency }: Rollout): readonly OrderName[] {
  const orders: readonly OrderName[] = rollout === null ? ['start'] : ORDERS[rollout.state]
  // A dry run moves nothing.
  const possible = rollout?.is_dry_run === true ? orders.filter((name) => name !== 'move') : orders
  return [...possible, emergency === null ? 'emergency' : 'lift']
}

/** What kind of decision it is, and what became of it where that is not plain. */
export function kindOf({ decision, state }: Pick<Decision, 'decision' | 'state'>): readonly [kind: string, became: string] {
  const { kinds, wouldHave, states } = rolloutStrings.decisions
  const would = state === 'not_acted' ? wouldHave[decision] : undefined
  // What a person does to a dry run is done, although nothing is moved.
  return [would ?? kinds[decision] ?? decision, state === 'not_acted' && would === undefined ? '' : states[state]]
}
