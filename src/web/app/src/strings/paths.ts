import type { Formats } from '../lib/format.ts'
import { inTheirLanguage } from './index.ts'

/** What is said of network paths, in English: apart from `en.ts`, which everybody reads at first. */
const en = ({ plural }: Formats) => ({
  title: 'Paths',
  what: 'Each way by which people reach this site, and whether live updates get through on it. Counts are of the last 5 minutes.',
  none: 'Nobody has followed a session in the last two hours.',
  http: (version: string) => `HTTP/${version}`,
  colo: (colo: string) => `Cloudflare ${colo}`,
  via: (names: string) => `via ${names}`,
  states: {
    healthy: 'Lets streams through',
    buffered: 'Holds streams back',
    probing: 'Being tried again',
  } as Readonly<Record<string, string>>,
  unknown: 'Not known yet',
  readers: (n: number) => plural(n, { one: 'person', other: 'people' }),
  proven: (n: number) => `streams proven for ${n}`,
  muted: (n: number) => `streams mute for ${n}`,
  seen: (moment: string) => `last seen ${moment}`,
  probe: (moment: string) => `is tried again ${moment}`,
  overridden: (by: string, moment: string) => `Overridden by ${by} until ${moment}:`,
  without: (state: string) => `Without the override: ${state}.`,
  override: 'Override',
  overrideOf: (path: string) => `Override ${path}`,
  form: {
    state: 'New streams',
    healthy: 'Let them begin',
    buffered: 'Do not begin any',
    length: 'For',
    lengths: [
      [1, '1 hour'],
      [24, '1 day'],
      [7 * 24, '1 week'],
      [28 * 24, '4 weeks'],
    ] as const,
    reason: 'Reason',
    save: 'Set',
    saved: (path: string) => `The override of ${path} is set.`,
  },
  lift: 'Lift',
  liftOf: (path: string) => `Lift the override of ${path}`,
  lifted: (path: string) => `The override of ${path} is lifted.`,
})

export const pathStrings = inTheirLanguage({ en })
