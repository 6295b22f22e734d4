import { useQuery } from '@tanstack/react-query'
import { get } from './http.ts'

/** How soon somebody is needed: at once, or within days. */
export type Severity = 'page' | 'ticket'

/** What became of its notice to the webhook; null where there is none. */
export type NoticeState = 'waiting' | 'sent' | 'given_up' | null

/** One time that an alert fired, from its begin to its end. */
export interface Incident {
  readonly id: number
  readonly alert: string
  readonly severity: Severity
  /** What is wrong, a sentence. */
  readonly summary: string
  /** What people notice of it; empty for an alert that there is no more. */
  readonly people: string
  /** The path of what to do on this host, or null. */
  readonly runbook: string | null
  readonly begun_at: string
  readonly ended_at: string | null
  readonly notice: NoticeState
}

/** What is watched. */
export interface Watched {
  readonly name: string
  readonly severity: Severity
  readonly state: 'inactive' | 'pending' | 'firing'
  readonly value: number | null
  readonly unit: 'percent' | 'seconds' | 'count'
  readonly people: string
  readonly runbook: string | null
}

/** What is wrong, what was, and what is watched. */
export interface Alerts {
  /** Whether somebody looks: false while no process evaluates the alerts. */
  readonly watching: boolean
  readonly looked_at: string | null
  /** Whether notices are posted. */
  readonly webhook: boolean
  /** Whether pages report what their readers see. Only a server of now says it. */
  readonly telemetry?: boolean
  /** What needs somebody at once first, then the newest. */
  readonly open: readonly Incident[]
  /** Those of 90 days that are over, the newest first. */
  readonly history: readonly Incident[]
  readonly alerts: readonly Watched[]
}

/** They are evaluated every 30 s, and processes take turns. */
const AGAIN_MS = 10_000

/** The alerts, read again while the page is seen. */
export function useAlerts() {
  return useQuery({
    queryKey: ['alerts'],
    queryFn: ({ signal }) => get<Alerts>('/admin/alerts', signal),
    refetchInterval: AGAIN_MS,
  })
}
