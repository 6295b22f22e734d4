import type { Formats } from '../lib/format.ts'
import { inTheirLanguage } from './index.ts'

/** What the account page says of quotas, in English: apart from `en.ts`, which everybody reads at first. */
const en = ({ decimal, fileSize, number }: Formats) => ({
  quota: {
    title: 'Room',
    what: 'What you use of what one account may use.',
    parts: {
      bytes: 'Stored recordings',
      hours_today: 'Hours transcribed today (UTC)',
      queued: 'Files waiting',
      running: 'Files being transcribed',
    },
    amounts: {
      bytes: fileSize,
      hours_today: (hours: number) => (Number.isInteger(hours) ? number(hours) : decimal(hours)),
      queued: number,
      running: number,
    },
    of: (used: string, allowed: string) => `${used} of ${allowed}`,
    noLimit: (used: string) => `${used}, no limit`,
  },
})

export const peopleStrings = inTheirLanguage({ en })
