import { type Connection, type Env, type LiveClient, type Snapshot as LiveSnapshot, type TransportOption, type Undo, createClient } from '@playhead/live'
import type { Segment } from './segments.ts'
import { type SessionStatus, parseStatus, parseStatuses } from './status.ts'
import { transcript } from './transcript.ts'

/** Options of a client. */
export interface ClientOptions {
  /** The URL of the API. Default `/api/v1` of the page's own origin. */
  readonly baseUrl?: string
  /** The environment; the browser by default. */
  readonly env?: Env
}

/** Options of one followed session, or of the list. */
export interface FollowOptions {
  /** The transport. Default `auto`. */
  readonly transport?: TransportOption | undefined
  /** Whether to follow the segments as well as the status. Default true; the list has none. */
  readonly segments?: boolean | undefined
  /** A status that you already have; with a final one there is no connection. */
  readonly initialStatus?: SessionStatus | undefined
}

/** The data of a session, or of the list, at one moment. Immutable: a change makes a new one. */
export interface Snapshot {
  /** The status of the followed session. */
  readonly status: SessionStatus | undefined
  /** The statuses of the person's sessions by id, if the list is followed. */
  readonly statuses: ReadonlyMap<string, SessionStatus>
  /** The segments so far, in order and without holes. */
  readonly segments: readonly Segment[]
  readonly connection: Connection
}

/** The client of `@playhead/live` for sessions: their status is the job, their transcript is the companion. */
export type LiveSessions = LiveClient<SessionStatus, readonly Segment[]>

/**
 * Follows sessions, with one connection for all subscribers of a session. A subscriber that names another transport gets a
 * second connection; the statuses that either receives are shared.
 */
export interface SessionStatusClient
  extends Pick<LiveSessions, 'env' | 'subscribeConnection' | 'getConnection' | 'retryNow' | 'pollOnly' | 'accept'> {
  /** The client below, for the hooks of `@playhead/live`. */
  readonly live: LiveSessions
  /** Follows a session, or `ALL_JOBS`, until the returned function is called. */
  subscribe(id: string, options: FollowOptions, listener: () => void): Undo
  /** The newest data of a session; undefined while it has no subscriber with that transport. */
  getSnapshot(id: string, options?: FollowOptions): Snapshot | undefined
  /** When the last event or response came, on the clock of `env.now()`; of several active connections, the oldest time. */
  lastEventAt(id?: string, options?: FollowOptions): number | undefined
}

/** Makes a client. It opens no connection before the first subscriber. */
export function createSessionStatusClient({ baseUrl = '/api/v1', env }: ClientOptions = {}): SessionStatusClient {
  const live: LiveSessions = createClient({
    jobUrl: (id) => `${baseUrl}/sessions/${encodeURIComponent(id)}`,
    listStreamUrl: `${baseUrl}/status/stream`,
    listUrl: `${baseUrl}/status`,
    telemetryUrl: `${baseUrl}/telemetry`,
    ticketUrl: `${baseUrl}/tickets`,
    parse: parseStatus,
    parseList: parseStatuses,
    idOf: sessionIdOf,
    companion: transcript,
    env,
  })
  const snapshots = new WeakMap<object, Snapshot>()
  return {
    ...live,
    live,
    subscribe: (id, options, listener) => live.subscribe(id, liveOptions(options), listener),
    getSnapshot(id, options) {
      const snapshot = live.getSnapshot(id, options && liveOptions(options))
      if (snapshot === undefined) return undefined
      const view = snapshots.get(snapshot) ?? viewOf(snapshot)
      snapshots.set(snapshot, view)
      return view
    },
    lastEventAt: (id, options) => live.lastEventAt(id, options && liveOptions(options)),
  }
}

/** The id of a session, from its status. */
export function sessionIdOf({ session_id }: SessionStatus): string {
  return session_id
}

function liveOptions({ transport, segments, initialStatus }: FollowOptions) {
  return { transport, companion: segments, initialJob: initialStatus }
}

const NO_SEGMENTS: readonly Segment[] = []

function viewOf({ job, jobs, companion, connection }: LiveSnapshot<SessionStatus, readonly Segment[]>): Snapshot {
  return { status: job, statuses: jobs, segments: companion ?? NO_SEGMENTS, connection }
}
