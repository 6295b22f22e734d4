import type { Formats } from '../lib/format.ts'
import { inTheirLanguage } from './index.ts'

/** What the account page says of passwords, logins and tokens, in English: apart from `en.ts`, which everybody reads at first. */
const en = ({ plural }: Formats) => ({
  password: {
    title: 'Password',
    what: 'A new password signs you out everywhere else. API tokens keep working.',
    current: 'Current password',
    next: 'New password',
    hint: 'At least 8 characters. Several unrelated words make a good password.',
    change: 'Change password',
    changed: 'Password changed. You are signed out everywhere else.',
  },

  logins: {
    title: 'Where you are signed in',
    what: 'If you do not recognise one, sign it out and change your password. One that is not used for 14 days ends by itself.',
    here: 'This browser',
    browserOn: (browser: string, system: string) => `${browser} on ${system}`,
    unknown: 'Unknown browser',
    signedIn: (when: string, address: string | null) => `Signed in ${when}${address === null ? '' : ` from ${address}`}`,
    lastUsed: (when: string) => `last used ${when}`,
    end: 'Sign out',
    endOf: (browser: string, when: string) => `Sign out ${browser}, signed in ${when}`,
    ended: (browser: string) => `${browser} is signed out.`,
    endOthers: 'Sign out everywhere else',
    askEndOthers: 'Sign out everywhere else?',
    endThem: 'Sign them out',
    afterEndOthers: (n: number) => `${plural(n, { one: 'other browser', other: 'other browsers' })} will have to sign in again.`,
    othersEnded: 'You are signed out everywhere else.',
  },

  tokens: {
    title: 'API tokens',
    what: 'Let a program act as you: it sends the token as its bearer token.',
    seeApi: 'See the API',
    name: 'Name of a new token',
    scope: 'It may',
    scopes: { write: 'Read and change', read: 'Only read', canary: 'Watch the site as a canary' },
    end: 'It ends',
    ends: { never: 'Never', days: (n: number) => `In ${plural(n, { one: 'day', other: 'days' })}`, year: 'In a year' },
    create: 'Create token',
    created: (when: string) => `created ${when}`,
    neverUsed: 'never used',
    lastUsed: (when: string) => `last used ${when}`,
    endsOn: (when: string) => `ends ${when}`,
    ended: (when: string) => `Ended ${when}`,
    deleteOf: (name: string) => `Delete ${name}`,
    askDelete: 'Delete this token?',
    deleteIt: 'Delete it',
    afterDelete: (name: string) => `Programs that use “${name}” will be refused from now on.`,
    copyNow: (name: string) => `Copy the secret of ${name} now. It is not shown again.`,
  },
})

export const credentialStrings = inTheirLanguage({ en })
