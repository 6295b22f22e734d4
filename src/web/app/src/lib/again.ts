import { isFinal } from '@playhead/live'
import type { SessionStatus } from '@playhead/session-status'
import type { Choice, Options, Session, Track } from '../api/types.ts'
import { isGone } from './recording.ts'

/** Failures that no other choice mends: the recording itself cannot be heard. */
const HOPELESS: ReadonlySet<string> = new Set([
  'unreadable', 'protected', 'unfinished', 'too_short', 'too_long', 'no_audio', 'audio_missing',
])

/** What is written in the fields of a form: empty is what is found out. */
export type Filled = Readonly<Record<keyof Options, string>>

/** Whether a new text is made, or was to be, while an earlier one is served. */
export function isAgain({ next_revision }: Pick<SessionStatus, 'next_revision'>): boolean {
  return next_revision !== undefined
}

/** Whether the words are those of a text that does not grow any more. */
export function isWhole(status: SessionStatus): boolean {
  return isFinal(status) || isAgain(status)
}

/** Whether a session can be transcribed again with other choices. */
export function mayAgain(session: Session, status: SessionStatus): boolean {
  return isFinal(status) && !isGone(session) && !(status.state === 'failed' && HOPELESS.has(status.error?.code ?? ''))
}

/** What the fields hold at first: what was chosen, or what was taken where nobody chose. */
export function filledFrom({ options, tracks = [] }: Session, models: readonly string[]): Filled {
  const { language = null, model = null, track = null, channels = null } = options ?? {}
  return { language: language ?? '', model: model ?? models[0] ?? '', track: String(track ?? transcribed(tracks)), channels: channels ?? '' }
}

/** The tracks that were transcribed, as a field holds it. */
function transcribed(tracks: readonly Track[]): string {
  const chosen = tracks.filter((track) => track.chosen)
  return chosen.length > 1 ? 'all' : String(chosen[0]?.index ?? '')
}

/** The first track that nobody chose and that can be read: the one that a reader misses. */
export function otherTrack({ tracks = [] }: Session): string | undefined {
  const other = tracks.find(({ chosen, decodable }) => decodable && !chosen)
  return other && String(other.index)
}

/** Whether there are tracks to choose from. */
export function hasTracks({ tracks = [] }: Session): boolean {
  return tracks.filter(({ decodable }) => decodable).length > 1
}

/** Whether a choice of channels may change anything: unless all that is to be heard is known to be mono. */
export function hasChannels({ tracks = [] }: Session, track: string): boolean {
  const heard = tracks.filter(({ index, decodable }) => decodable && (track === 'all' || track === '' || track === String(index)))
  return heard.length === 0 || heard.some(({ channels }) => (channels ?? 2) > 1)
}

/** What was changed, as a request has it. */
export function choiceOf(before: Filled, after: Filled): Choice {
  const names = Object.keys(before) as (keyof Options)[]
  return Object.fromEntries(names.filter((name) => after[name] !== before[name]).map((name) => [name, valueOf(name, after[name])]))
}

function valueOf(name: keyof Options, value: string): string | number {
  if (value === '') return 'auto'
  return name === 'track' && value !== 'all' ? Number(value) : value
}
