import { isFinal } from '../job.ts'
import { probeMs } from '../timing.ts'
import { seenElsewhere } from './flow.ts'
import type { Moment } from './input.ts'
import { arrived, finish } from './life.ts'
import { pause } from './pause.ts'
import { fallBack, isMutePath, mayStream, reopenIn, startPolling } from './polling.ts'
import type { State } from './state.ts'
import { openStream } from './stream.ts'

/** Whether the job is final. */
export function isOver({ job }: State): boolean {
  return job !== undefined && isFinal(job)
}

/** Starts following; the page may be hidden, offline or away at that time. */
export function open(state: State, moment: Moment): State {
  // A final job needs no connection.
  if (isOver(state)) return finish(state)
  const { now } = moment
  const { job, lastAt, flow: none } = state
  const flow = job === undefined ? none : seenElsewhere(none, job, now)
  const opened = connect({ ...arrived(state, now), lastAt, flow, life: 'open' }, moment)
  if (!state.online) return pause(opened, 'offline', now, now)
  // A tab that was never visible must not take connections from the visible one; it polls for its title.
  return state.presence === 'hidden' ? pause(opened, 'hidden', now, now) : opened
}

function connect(state: State, { now, random }: Moment): State {
  // This path held streams back before: poll, and only probe.
  const probeOnly = isMutePath(state) && state.transport === 'auto' && mayStream(state)
  if (!probeOnly) return openStream(state, now)
  return reopenIn(startPolling(fallBack(state, 'mute'), now), probeMs(0, random), now)
}
