import type { NoticeState } from '../api/alerts.ts'
import type { Formats } from '../lib/format.ts'
import { inTheirLanguage } from './index.ts'

/** What is said of alerts, in English: apart from `en.ts`, which everybody reads at first. */
const en = ({ plural, span }: Formats) => ({
  title: 'Alerts',
  open: 'Open incidents',
  nothing: 'Nothing is wrong.',
  watched: (n: number) => `${plural(n, { one: 'alert is', other: 'alerts are' })} watched.`,
  pending: (n: number) => `${plural(n, { one: 'condition holds', other: 'conditions hold' })}, not yet for long enough to count.`,
  severity: { page: 'Act now', ticket: 'Within days' },
  people: (what: string) => `People notice: ${what}`,
  since: (moment: string, seconds: number) => `Since ${moment}, for ${span(seconds)}`,
  runbook: 'What to do',
  runbookOf: (alert: string) => `What to do about ${alert}`,
  newTab: 'opens in a new tab',
  notices: {
    waiting: 'The webhook has not taken its notice yet. It is tried again.',
    given_up: 'The webhook did not take its notice within a day.',
    sent: '',
  } satisfies Record<NonNullable<NoticeState>, string>,
  noWebhook: 'No webhook is set, so alerts are seen on this page only: set ALERT_WEBHOOK.',
  noTelemetry: 'Telemetry is off, so alerts about what people see cannot fire: set TELEMETRY=on.',
  notWatching: 'Alerts are not evaluated now, so trouble would not be shown here.',
  notWatchingWhat: (moment: string) => `The last look was on ${moment}. The log of the web processes says why.`,
  neverLooked: 'No process has looked yet. The first look is within a minute of the start of a web process.',
  unread: 'The alerts could not be read.',
  stale: (age: string) => `The alerts could not be read again. This is from ${age} ago.`,
  began: (summary: string) => `New incident: ${summary}`,
  over: (summary: string) => `Over: ${summary}`,

  history: {
    title: 'Past incidents',
    none: 'There was no incident in the last 90 days.',
    notices: { waiting: 'its notice waits', given_up: 'no notice was sent', sent: '' } satisfies Record<NonNullable<NoticeState>, string>,
    lasted: (seconds: number) => `lasted ${span(seconds)}`,
    all: (n: number) => `Show all ${plural(n, { one: 'incident', other: 'incidents' })}`,
  },

  list: {
    show: (n: number) => `Show what is watched (${n})`,
    hide: 'Hide what is watched',
    label: 'What is watched',
    columns: { name: 'Alert', severity: 'When it fires', value: 'Value', state: 'State' },
    states: { inactive: 'well', pending: 'pending', firing: 'firing' },
    nothing: '–',
    noValue: 'no data',
  },
})

export const alertStrings = inTheirLanguage({ en })
