import type { Formats } from '../lib/format.ts'
import { inTheirLanguage } from './index.ts'

/** About a text, and how to have it made again, in English: apart from `en.ts`, which everybody reads at first. */
const en = ({ language, number, plural }: Formats) => ({
  title: 'Transcribe again',
  ask: 'Transcribe again…',
  begin: 'Transcribe again',
  keeps: 'The text that is there stays until the new one is complete.',
  goesOn: 'With these choices it goes on from where it stopped.',
  counts: 'Its length counts once more towards your hours of today.',
  lost: 'Whether it has begun is not known: look at the status before you try again.',
  notes: 'About this text',
  /** While another text is made. */
  earlier: 'This is the earlier text. The new one takes its place when it is complete.',
  kept: 'The earlier text is kept.',
  /** Read out when the new text has taken the place of the earlier one. */
  shown: 'Done. The new text is shown.',
  tracks(count: number, chosen: readonly number[]): string {
    const which = chosen.length === 1 ? `track ${number(chosen[0] ?? 1)} was` : `tracks ${chosen.map(number).join(', ')} were`
    return `This recording has ${plural(count, { one: 'audio track', other: 'audio tracks' })}; ${which} transcribed.`
  },
  otherTrack: 'Transcribe another…',
  uncertain: (code: string) => `The language is probably ${language(code)}. Wrong?`,
  uncertainOf: 'What language it is could not be made out with certainty.',
  otherLanguage: 'Choose the language…',
  quiet: 'This recording is too quiet for words to be made out. Record it again, closer to whoever speaks.',
  skipped: 'Some of the speech could not be made out with certainty, and was left out. Listen to the recording where words are missing.',
})

export const againStrings = inTheirLanguage({ en })
