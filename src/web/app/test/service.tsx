import { createSessionStatusClient } from '@playhead/session-status'
import { SessionStatusProvider } from '@playhead/session-status/react'
import { World } from '@playhead/session-status/testing'
import { QueryClientProvider } from '@tanstack/react-query'
import { configure, render } from '@testing-library/react'
import type { ReactNode } from 'react'
import { vi } from 'vitest'
import { createQueryClient } from '../src/api/client.ts'
import type { Health, Range } from '../src/api/health.ts'
import type { NetworkPath, NewOverride } from '../src/api/paths.ts'
import type { Person } from '../src/api/people.ts'
import type { Login, Me, Session, Site } from '../src/api/types.ts'
import { calmAlerts } from './alerts.ts'
import { healthOf } from './health.ts'
import { rolloutOf } from './rollout.ts'
import { statusOf } from './status.ts'

// A deadline and no pause: a machine that is busy with other things may take its time.
configure({ asyncUtilTimeout: 4_000 })

export const ADA: Me = {
  id: 'u1',
  email: 'ada@example.com',
  is_admin: false,
  quota: {
    bytes: { used: 21_000_000_000, allowed: 50_000_000_000 },
    hours_today: { used: 1.25, allowed: 24 },
    queued: { used: 3, allowed: null },
    running: { used: 1, allowed: null },
  },
  features: { 'live-transcript': true, 'sse.allowed': true, 'sse.status-stream': false },
  transport: {
    mode: 'poll',
    reason: 'flag_off',
    path: { buffered: null },
    capacity: { draining: false, full: false, own_streams: 1, own_streams_max: 20 },
    tuning: { heartbeat_s: 15, coalesce_ms: 100, max_age_s: 600 },
  },
}

export const TOKEN = {
  id: 't1',
  name: 'laptop',
  scope: 'write',
  created_at: '2026-11-23T16:20:08Z',
  expires_at: null,
  last_used_at: null,
  secret: 'ph_1',
}

export const HERE: Login = {
  id: 'l1',
  user_agent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  address: '192.0.2.1',
  current: true,
  created_at: '2026-11-23T16:20:08Z',
  last_used_at: '2026-11-23T16:20:08Z',
}

const NOT_SIGNED_IN = { status: 401, code: 'not_signed_in', detail: 'Sign in first.' }

export function sessionOf(id: string, filename: string, status: Parameters<typeof statusOf>[0] = {}): Session {
  return {
    id,
    filename,
    language: null,
    size_bytes: 14_200_000,
    duration_s: 600,
    created_at: '2026-11-23T16:20:08Z',
    status: statusOf({ session_id: id, ...status }),
  }
}

const OPEN_SITE: Site = { registration: 'open', support_contact: '' }

type Answer = readonly [status: number, body?: unknown]

/** Answers what the page asks to test its connection, with its own headers and pieces. */
export type Doctor = (path: string, query: URLSearchParams, sent: unknown, signal?: AbortSignal | null) => Response | Promise<Response>

/** A service that knows one person and their sessions, and remembers what it was asked. */
export function service({ me = ADA, signedIn = false, sessions = [] as Session[], pageSize = 50, site = OPEN_SITE } = {}) {
  const asked: { path: string; method: string; headers: Record<string, string>; body?: unknown }[] = []
  const state = { me, signedIn, sessions, asked, down: false, refuse: undefined as Answer | undefined, refuseMe: undefined as Answer | undefined, refusePaths: undefined as Answer | undefined, refuseHealth: undefined as Answer | undefined, refuseAlerts: undefined as Answer | undefined, alerts: calmAlerts(), health: (range: Range): Health => healthOf({ range }), refuseRollout: undefined as Answer | undefined, rollout: rolloutOf(), ordered: rolloutOf(), mayAsk: false, feedback: undefined as unknown, doctor: undefined as Doctor | undefined, tokens: [] as readonly unknown[], logins: [HERE] as readonly Login[], site, people: [] as readonly Person[], paths: [] as readonly NetworkPath[] }
  const page = (cursor: string | null): Answer => {
    const start = Number(cursor ?? 0)
    const end = start + pageSize
    const next_cursor = end < state.sessions.length ? String(end) : null
    return [200, { sessions: state.sessions.slice(start, end), next_cursor }]
  }
  const answer = (method: string, path: string, query: URLSearchParams, sent: unknown): Answer => {
    if (path === '/site') return [200, state.site]
    if (path === '/auth/login' || path === '/auth/register') {
      state.signedIn = true
      return [200, state.me]
    }
    if (!state.signedIn) return [401, NOT_SIGNED_IN]
    if (path === '/me' && state.refuseMe !== undefined) return state.refuseMe
    if (path === '/me' || path === '/admin/users/ada%40example.com/transport') return [200, state.me]
    if (path === '/admin/users' && method === 'GET') return [200, { users: state.people, next_cursor: null }]
    if (path === '/admin/paths') return state.refusePaths ?? [200, { paths: state.paths }]
    if (path === '/feedback' && method === 'GET') return [200, { ask: state.mayAsk }]
    if (path === '/admin/feedback') return [200, state.feedback]
    if (path === '/admin/health') return state.refuseHealth ?? [200, state.health(query.get('range') as Range)]
    if (path === '/admin/alerts') return state.refuseAlerts ?? [200, state.alerts]
    if (path === '/admin/rollout') return state.refuseRollout ?? [200, state.rollout]
    // What is done, and not what is read.
    if (method !== 'GET' && state.refuse !== undefined) return state.refuse
    if (path === '/auth/logout') {
      state.signedIn = false
      return [204]
    }
    if (path === '/auth/password') return [204]
    if (path === '/feedback') return [201, { ask: false }]
    if (path === '/logins' && method === 'GET') return [200, { logins: state.logins }]
    if (path.startsWith('/logins')) {
      state.logins = state.logins.filter(({ current, id }) => current || (path !== '/logins' && !path.endsWith(id)))
      return [204]
    }
    if (path === '/tokens' && method === 'POST') return [201, TOKEN]
    if (path === '/tokens') return [200, { tokens: state.tokens }]
    if (path.startsWith('/tokens/')) {
      state.tokens = []
      return [204]
    }
    if (path === '/admin/invites') return [201, { secret: 'phi_1', expires_at: '2026-12-06T10:00:00Z' }]
    const overridden = state.paths.find(({ key }) => path === `/admin/paths/${encodeURIComponent(key)}/override`)
    if (overridden !== undefined) {
      const override = sent as NewOverride
      if (override.state === null) return [200, { ...overridden, state: overridden.judged, override: null }]
      return [200, { ...overridden, state: override.state, override: { ...override, by: state.me.email } }]
    }
    if (path.startsWith('/admin/rollout/')) {
      state.rollout = state.ordered
      return [200, state.rollout]
    }
    const person = state.people.find(({ id }) => path.startsWith(`/admin/users/${id}/`))
    if (person !== undefined) {
      const deed = path.split('/').at(-1)
      if (deed === 'disable') return [200, { ...person, disabled_at: '2026-11-29T10:00:00Z' }]
      return [200, deed === 'quota' ? { ...person, own_quota: sent } : person]
    }
    if (path === '/sessions') return page(query.get('cursor'))
    // Uploads are asked about by tus, which sends its version.
    if (path.startsWith('/uploads')) return [412, { status: 412, code: 'wrong_tus_version', detail: 'Send Tus-Resumable.' }]
    const session = state.sessions.find(({ id }) => path.startsWith(`/sessions/${id}`))
    if (session === undefined) return [404, { status: 404, code: 'not_found', detail: 'Not here.' }]
    if (method === 'DELETE') {
      state.sessions = state.sessions.filter((one) => one !== session)
      return [204]
    }
    return [method === 'POST' ? 202 : 200, session]
  }
  vi.stubGlobal('fetch', (url: string, { method = 'GET', headers = {}, body: sent, signal }: RequestInit = {}) => {
    if (state.down) return Promise.reject(new TypeError('Failed to fetch'))
    const { pathname, searchParams } = new URL(url, 'http://test')
    const path = pathname.replace('/api/v1', '')
    asked.push({
      path,
      method,
      headers: headers as Record<string, string>,
      ...(typeof sent === 'string' ? { body: JSON.parse(sent) as unknown } : {}),
    })
    if (state.doctor !== undefined && path.startsWith('/doctor/') && state.signedIn) {
      return Promise.resolve(state.doctor(path, searchParams, typeof sent === 'string' ? JSON.parse(sent) : undefined, signal))
    }
    const [status, body] = answer(method, path, searchParams, typeof sent === 'string' ? JSON.parse(sent) : undefined)
    return Promise.resolve(new Response(body === undefined ? null : JSON.stringify(body), { status }))
  })
  return state
}

/** Shows something of the page, with a stream that says what the test tells it to. */
export function show(children: ReactNode) {
  const world = new World()
  const client = createQueryClient()
  // What fails is not tried again behind the test's back.
  client.setDefaultOptions({ queries: { ...client.getDefaultOptions().queries, retry: false } })
  render(
    <QueryClientProvider client={client}>
      <SessionStatusProvider client={createSessionStatusClient({ env: world.env })}>{children}</SessionStatusProvider>
    </QueryClientProvider>,
  )
  return { world, client }
}
