import type { Formats } from '../lib/format.ts'
import { inTheirLanguage } from './index.ts'

/** What is said of accounts, quotas and invites, in English: apart from `en.ts`, which everybody reads at first. */
const en = ({ decimal, fileSize, number }: Formats) => ({
  signIn: {
    invite: 'Invite',
    inviteHint: 'Paste the invite that you were given. It is used up by this account.',
    forgot: 'Forgot your password? Ask',
  },
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
