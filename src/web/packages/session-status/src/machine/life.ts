import { silenceMs } from '../timing.ts'
import { type Reason, type State, timer } from './state.ts'

/** Nothing open, nothing asked, nothing due. */
const STOPPED = {
  stream: 'closed',
  polling: 'off',
  asking: false,
  fallback: undefined,
  barred: false,
  stale: false,
  due: {},
} as const

export function closeStream(state: State): State {
  return { ...state, stream: 'closed', due: { ...state.due, first: undefined, silence: undefined } }
}

/** A final status was read: nothing more can come, except segments still on their way. */
export function finish(state: State): State {
  return { ...state, ...STOPPED, life: 'done', reason: undefined }
}

/** The server will not answer this reader; asking again would not help. */
export function fail(state: State, reason: Reason): State {
  return { ...state, ...STOPPED, life: 'failed', reason, readingTranscript: false }
}

/** Nobody looks any more. */
export function rest(state: State): State {
  return { ...state, ...STOPPED, life: 'idle', readingTranscript: false }
}

/** Nothing may be open or asked for, until the page is back. */
export function putAway(state: State): State {
  const { fallback, barred } = state
  const stopped = { ...state, ...STOPPED, fallback, barred }
  // No timer is left to ask for words: the next answer does.
  return { ...stopped, life: 'paused', reason: 'away', readingTranscript: false, wordsWithheld: false }
}

/** An event or an answer came: what is shown is fresh until the silence is longer than a live path allows. */
export function news(state: State, now: number): State {
  const freshMs = Math.max(silenceMs(state.heartbeatMs), 2.5 * state.pollMs)
  return timer({ ...state, newsAt: now, stale: false }, 'stale', now + freshMs)
}
