import type { Formats } from '../lib/format.ts'
import { inTheirLanguage } from './index.ts'

/** What is said of accounts, quotas and invites, in English: apart from `en.ts`, which everybody reads at first. */
const en = ({ decimal, fileSize, number, plural }: Formats) => ({
  signIn: {
    tagline: 'Audio in, text out. Watch it happen.',
    email: 'Email',
    password: 'Password',
    passwordHint: 'At least 8 characters. Several unrelated words make a good password.',
    oneMoment: 'One moment…',
    login: { title: 'Sign in', other: 'New here?', switchTo: 'Create an account' },
    register: { title: 'Create an account', other: 'Have an account?', switchTo: 'Sign in' },
    invite: 'Invite',
    inviteHint: 'Paste the invite that you were given. It is used up by this account.',
    forgot: 'Forgot your password? Ask',
  },
  users: {
    title: 'People',
    what: 'Who has an account, and what each uses of what they may use.',
    search: 'Email contains',
    look: 'Search',
    found: (n: number, all: boolean) => {
      if (n === 0) return 'Nobody has that in their email.'
      return all ? plural(n, { one: 'person', other: 'people' }) : `The newest ${number(n)}`
    },
    more: 'Show older',
    admin: 'Admin',
    disabled: 'Disabled',
    since: (day: string) => `since ${day}`,
    hoursToday: (words: string) => `${words} h today`,
    waiting: (words: string) => `${words} waiting`,
    quota: 'Quota',
    quotaOf: (email: string) => `Quota of ${email}`,
    form: {
      bytes: 'Stored, in GB',
      hours: 'Hours a day',
      queued: 'Files waiting',
      hint: 'Empty is the setting of this site, 0 is no limit.',
      save: 'Save',
      saved: (email: string) => `The quota of ${email} is saved.`,
    },
    disable: 'Disable',
    disableOf: (email: string) => `Disable ${email}`,
    askDisable: 'Disable this account?',
    afterDisable: (email: string) => `${email} is signed out and refused, tokens too. Their sessions are kept, and you can enable the account again.`,
    wasDisabled: (email: string) => `${email} is disabled.`,
    enable: 'Enable',
    enableOf: (email: string) => `Enable ${email}`,
    wasEnabled: (email: string) => `${email} can sign in again.`,
    signOut: 'Sign out',
    signOutOf: (email: string) => `Sign out ${email} everywhere`,
    askSignOut: 'Sign out everywhere?',
    afterSignOut: (email: string) => `${email} will have to sign in again in every browser. Their API tokens keep working.`,
    wasSignedOut: (email: string) => `${email} is signed out everywhere.`,
  },
  invites: {
    title: 'Invite somebody',
    what: {
      open: 'Anybody can make an account here at present: invites are used only while REGISTRATION is invite.',
      invite: 'An invite makes one account and is valid for 7 days. Pass it on yourself: no mail is sent.',
      closed: 'No accounts can be made here at present: invites are used only while REGISTRATION is invite.',
    },
    create: 'Make an invite',
    copyNow: (day: string) => `Copy the invite now. It is not shown again, and is valid until ${day}.`,
  },
  quota: {
    title: 'Your limits',
    what: 'What you use, and how much you may use.',
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
