import type { StatusWarning } from '@playhead/session-status'
import type { Session } from '../api/types.ts'
import { againStrings as words } from '../strings/again.ts'
import { type Filled, hasTracks, otherTrack } from './again.ts'

/** What a reader should know of a text. */
export interface Note {
  readonly sentence: string
  /** What the button is called, and what its dialog begins with. */
  readonly action?: string
  readonly preset?: Partial<Filled>
}

/** A warning in words; of a code that this page does not know yet, the server's own sentence. */
export function noteOf({ code, message, language: guess }: StatusWarning, session: Session): Note {
  const { tracks = [] } = session
  const language = guess ?? session.language
  switch (code) {
    case 'other_tracks': {
      const chosen = tracks.filter((track) => track.chosen).map(({ index }) => index)
      const track = otherTrack(session)
      return {
        sentence: chosen.length === 0 ? message : words.tracks(tracks.length, chosen),
        ...(hasTracks(session) && track !== undefined && { action: words.otherTrack, preset: { track } }),
      }
    }
    case 'language_uncertain':
      return { sentence: language === null ? words.uncertainOf : words.uncertain(language), action: words.otherLanguage, preset: { language: '' } }
    case 'too_quiet':
      return { sentence: words.quiet }
    case 'skipped':
      return { sentence: words.skipped }
    default:
      return { sentence: message }
  }
}
