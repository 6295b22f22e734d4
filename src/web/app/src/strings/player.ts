import type { Formats } from '../lib/format.ts'
import { inTheirLanguage } from './index.ts'

/** What the player of a recording says, in English: apart from `en.ts`, which everybody reads at first. */
const en = ({ number }: Formats) => ({
  label: 'Recording',
  play: 'Play',
  pause: 'Pause',
  place: 'Position',
  placeOf: (position: string, duration: string) => `${position} of ${duration}`,
  rate: 'Speed',
  rateOf: (rate: number) => `${number(rate)}×`,
  playFrom: (time: string) => `Play from ${time}`,
  download: 'Download the recording',
  /** As downloads name it. */
  channel: (n: number) => `Channel ${number(n)}`,
  /** Why it cannot be heard. */
  problems: {
    gone: 'The recording is not there any more. The words are kept.',
    unplayable: 'This browser cannot play the recording.',
    unreachable: 'The recording cannot be loaded at the moment.',
  },
})

export const playerStrings = inTheirLanguage({ en })
