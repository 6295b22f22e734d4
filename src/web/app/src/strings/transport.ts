import type { Formats } from '../lib/format.ts'
import { inTheirLanguage } from './index.ts'

/** What is said of how updates reach a person, in English: apart from `en.ts`, which everybody reads at first. */
const en = ({ number }: Formats) => ({
  admin: {
    title: 'Admin',
    transport: 'How updates reach a person',
    transportWhat: 'Their flags, how updates reach them right now, and why.',
    paths: 'All paths to this site',
    person: 'Email or id',
    look: 'Look up',
    answer: (person: string, way: string) => `${person}: ${way}`,
  },

  transport: {
    person: 'Who',
    admin: 'admin',
    way: 'Updates',
    modes: {
      stream: 'Live, as a stream',
      wait: 'Live, by long polling',
      poll: 'By checking every few seconds',
    } as Readonly<Record<string, string>>,
    why: 'Why',
    reasons: {
      flag_on: 'Live updates are switched on.',
      flag_off: 'Live updates are not switched on for this account yet.',
      kill_switch: 'Live updates are switched off for everybody.',
      flags_unavailable: 'The flags could not be read. Until they can, live updates are off.',
      buffered: 'Something on the way holds live updates back.',
      at_capacity: 'The server has no room for another stream.',
      draining: 'The server is being restarted.',
      client: 'The page asked for no live updates.',
      final: 'The session has ended.',
    } as Readonly<Record<string, string>>,
    path: 'Path to the server',
    pathBuffered: 'Holds streams back',
    pathClear: 'Lets streams through',
    pathProbing: 'Held streams back, and is being tried again',
    unknown: 'Not known yet',
    own: 'Open streams',
    ownStreams: (n: number, max: number) => `${number(n)} of ${number(max)}`,
    capacity: 'Server',
    draining: 'Restarting, takes no new streams',
    full: 'Full, takes no new streams',
    notFull: 'Has room for more streams',
    tuning: 'Stream settings',
    tuned: (heartbeat: string, coalesce: string, age: string) =>
      `Heartbeat every ${heartbeat}, updates at most every ${coalesce}, renewed after ${age}`,
    flags: 'Flags',
    flag: 'Flag',
    answer: 'Value',
    on: 'On',
    off: 'Off',
  },
})

export const transportStrings = inTheirLanguage({ en })
