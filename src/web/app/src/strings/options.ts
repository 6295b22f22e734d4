import type { Options, Track } from '../api/types.ts'
import type { Formats } from '../lib/format.ts'
import { inTheirLanguage } from './index.ts'

/** What may be chosen for a recording, in English: apart from `en.ts`, which everybody reads at first. */
const en = ({ language, number }: Formats) => ({
  more: 'More options',
  model: 'Model',
  track: 'Track',
  tracks: 'Tracks',
  automatic: 'Automatic',
  trackOf({ index, title, language: code, codec, decodable }: Track): string {
    const about = [title, code === null ? null : language(code)].filter((part) => part !== null)
    return [`Track ${number(index)}`, ...about, ...(decodable ? [] : [`${codec}, cannot be read`])].join(' · ')
  },
  allTracks: 'All tracks',
  channels: 'Channels',
  channelsAs: { each: 'Each by itself', mix: 'All as one' } satisfies Record<NonNullable<Options['channels']>, string>,
  channelsWhat: 'In a call with one person on each side, each channel by itself keeps them apart.',
})

export const optionStrings = inTheirLanguage({ en })
