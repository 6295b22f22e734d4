import { isFinal } from '../status.ts'
import { probeMs } from '../timing.ts'
import { knownBy } from './flow.ts'
import type { Moment } from './input.ts'
import { syncSegments } from './learn.ts'
import { finish, news } from './life.ts'
import { pause } from './pause.ts'
import { isMutePath, mayStream, reopenIn, startPolling } from './polling.ts'
import type { State } from './state.ts'
import { openStream } from './stream.ts'

/** Whether nothing more can come. */
export function isOver({ status }: State): boolean {
  return status !== undefined && isFinal(status)
}

/** Starts following, in whatever the page is in: it may be opened in the background, without a network, or away. */
export function open(state: State, moment: Moment): State {
  // What is final already needs no connection, only its words.
  if (isOver(state)) return syncSegments(finish(state))
  const { status, newsAt, flow: none } = state
  const flow = status === undefined ? none : knownBy(none, status, moment.now)
  const opened = connect({ ...news(state, moment.now), newsAt, flow, life: 'open' }, moment)
  if (!state.online) return pause(opened, 'offline', moment.now, moment.now)
  // Tabs that nobody has seen yet must not take the connections of the one in sight; a title and words they have.
  return state.presence === 'hidden' ? pause(opened, 'hidden', moment.now, moment.now) : opened
}

function connect(state: State, { now, random }: Moment): State {
  // This path swallowed streams before: poll, and only probe.
  const probeOnly = isMutePath(state) && state.transport === 'auto' && mayStream(state)
  if (!probeOnly) return openStream(state, now)
  return reopenIn(startPolling({ ...state, fallback: 'mute' }, now), probeMs(0, random), now)
}
