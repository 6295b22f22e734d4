import type { Connection } from '@playhead/live'
import { strings } from '../strings/index.ts'

/** What is going on, in a word or two. Only what was connected before can reconnect. */
export function connectionLabel({ phase, mode, reason, pollMs }: Connection, wasConnected: boolean): string {
  const words = strings.connection
  if (phase === 'live') return words.live
  if (phase === 'polling') return mode === 'wait' ? words.waiting : words.polling(pollMs)
  if (reason === 'offline') return words.offline
  return wasConnected ? words.reconnecting : words.connecting
}

/** Why it is so, in a sentence. */
export function connectionReason({ phase, reason }: Connection, isTrouble: boolean): string {
  const words = strings.connection
  if (phase === 'live' && reason === 'buffered') return words.whyLate // it is live, so nothing was held against the path
  return words.why[reason ?? ''] ?? (isTrouble ? words.whyUnknown : words.whyLive)
}
