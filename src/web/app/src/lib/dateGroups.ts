import type { LiveSession } from '../api/liveSessions.ts'
import { formats, strings } from '../strings/index.ts'
import { daysBetween } from './format.ts'

/** Days before today that have a group of their own, before the months begin. */
const WEEK = 7

export interface DateGroup {
  readonly title: string
  /** Writes what the title leaves open of a moment. */
  readonly when: (iso: string) => string
  readonly sessions: readonly LiveSession[]
}

/**
 * Sessions under the date they were made at, in the reader's time zone: today, yesterday, the 7 days before today, and then
 * each month. Groups and sessions stay in the order they come in.
 */
export function dateGroups(sessions: readonly LiveSession[], now: Date): readonly DateGroup[] {
  const groups = new Map<string, Omit<DateGroup, 'sessions'> & { readonly sessions: LiveSession[] }>()
  for (const live of sessions) {
    const date = new Date(live.session.created_at)
    const ago = daysBetween(date, now)
    const key = ago <= 1 ? (ago === 1 ? 'yesterday' : 'today') : ago <= WEEK ? 'week' : `${date.getFullYear()}-${date.getMonth()}`
    const group = groups.get(key) ?? { ...headingOf(key, date, now), sessions: [] as LiveSession[] }
    group.sessions.push(live)
    groups.set(key, group)
  }
  return [...groups.values()]
}

function headingOf(key: string, date: Date, now: Date) {
  const { today, yesterday, week } = strings.list.dates
  if (key === 'today') return { title: today, when: formats.time }
  if (key === 'yesterday') return { title: yesterday, when: formats.time }
  if (key === 'week') return { title: week, when: formats.weekday }
  return { title: formats.month(date, now), when: formats.day }
}
