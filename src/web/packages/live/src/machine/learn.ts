import { type LiveDocument, isFinal, isNewer } from '../job.ts'
import { seenElsewhere } from './flow.ts'
import { finish } from './life.ts'
import { type State, isFollowing } from './state.ts'

/** Takes documents from any source. Ignores versions that are not newer; a final one ends the following of a job. */
export function learn(state: State, incoming: readonly LiveDocument[]): State {
  if (state.scope === 'job') return incoming.reduce(learnOne, state)
  const newer = incoming.filter((job) => isNewer(job, state.jobs.get(state.idOf(job))))
  if (newer.length === 0) return state
  const jobs = new Map(state.jobs)
  for (const job of newer) if (isNewer(job, jobs.get(state.idOf(job)))) jobs.set(state.idOf(job), job)
  return { ...state, jobs }
}

/** The same for documents that did not come by the stream, which show how fast the path can be. Not for the list. */
export function learnAt(state: State, incoming: readonly LiveDocument[], now: number): State {
  const next = learn(state, incoming)
  const { job } = next
  return job === undefined || job === state.job ? next : { ...next, flow: seenElsewhere(next.flow, job, now) }
}

function learnOne(state: State, job: LiveDocument): State {
  if (!isNewer(job, state.job)) return state
  const next = { ...state, job }
  return isFinal(job) && isFollowing(state) ? finish(next) : next
}
