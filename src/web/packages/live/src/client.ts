import { browserEnv } from './browser.ts'
import { orNull, shape, text } from './check.ts'
import type { Companion, CompanionState } from './companion.ts'
import type { Env, Undo } from './env.ts'
import type { Job, LiveDocument } from './job.ts'
import { createListeners } from './listeners.ts'
import { type Connection, connectionOf, isFollowed, worst } from './machine/connection.ts'
import type { TransportOption } from './machine/state.ts'
import type { PollTarget } from './requests.ts'
import type { Target } from './runner.ts'
import { type Snapshot, type Store, type StoreOptions, createStore } from './store.ts'
import type { Report, Reported } from './telemetry/reporter.ts'
import { PROOF_GAP_MS } from './timing.ts'

/** What a client follows, and how its documents are read. `D` is a document, `V` what the companion shows. */
export interface ClientConfig<D extends LiveDocument, V> {
  /** The base of a job's `/status` and `/status/stream`. */
  readonly jobUrl: (id: string) => string
  /** The stream of all of a person's jobs. */
  readonly listStreamUrl: string
  /** The statuses of all of a person's jobs, which are polled where there can be no stream. */
  readonly listUrl: string
  /**
   * Where reports go of what the person sees, and when (`POST`, JSON; the README lists the fields). Nothing is measured or sent
   * without it, nor if the person asks not to be tracked (Global Privacy Control).
   */
  readonly telemetryUrl?: string | undefined
  /** Where tickets are for streams on another origin (`POST`, JSON), if the server has such a way round. Without it, none is opened there. */
  readonly ticketUrl?: string | undefined
  /** Checks a document. If it throws, the event has the wrong shape, and is not shown. */
  readonly parse: (payload: unknown) => D
  /** Checks an answer of `listUrl`; its `cursor` needs no check. */
  readonly parseList: (payload: unknown) => readonly D[]
  /** The id of a document. */
  readonly idOf: (job: D) => string
  /** What is followed beside a job. */
  readonly companion?: Companion<CompanionState, V> | undefined
  /** The environment; the browser by default. */
  readonly env?: Env | undefined
}

/** Instead of a job's id: all of a person's jobs that are not final, and later ones, by one stream. */
export const ALL_JOBS = '*'

/** Options of one followed job, or of the list. */
export interface FollowOptions<D = Job> {
  /** The transport. Default `auto`. */
  readonly transport?: TransportOption | undefined
  /** A document that you already have; with a final one there is no connection. */
  readonly initialJob?: D | undefined
  /** Whether to follow the companion as well. Default true; the list has none. */
  readonly companion?: boolean | undefined
}

/**
 * Follows jobs, with one connection for all subscribers of a job. A subscriber that names another transport gets a second
 * connection; the documents that either receives are shared.
 */
export interface LiveClient<D = Job, V = unknown> {
  readonly env: Env
  /** Follows a job, or `ALL_JOBS`, until the returned function is called. */
  subscribe(id: string, options: FollowOptions<D>, listener: () => void): Undo
  /** The newest data of a job; undefined while it has no subscriber with that transport. */
  getSnapshot(id: string, options?: FollowOptions<D>): Snapshot<D, V> | undefined
  /** When the last event or response came, on the clock of `env.now()`; of several active connections, the oldest time. */
  lastEventAt(id?: string, options?: FollowOptions<D>): number | undefined
  /** Calls back at every change of a connection. Follows nothing by itself. */
  subscribeConnection(listener: () => void): Undo
  /** The connection of a job; without an id, the worst of all. */
  getConnection(id?: string): Connection
  /** Resets past failures and `pollOnly`, and tries again at once. Without an id, for all jobs. */
  retryNow(id?: string): void
  /** Polls until `retryNow`, as a person chose. Without an id, for all jobs. */
  pollOnly(id?: string): void
  /** Takes a document from elsewhere, for example the response to a cancel or a retry. The newer version wins. */
  accept(job: D): void
}

/** Transitions that wait for the measuring: it is there within seconds, or does not come. */
const MAX_EARLY = 200

/** Makes a client for documents of any kind. It opens no connection before the first subscriber. */
export function createClient<D extends LiveDocument, V>(config: ClientConfig<D, V>): LiveClient<D, V> {
  const { jobUrl, listStreamUrl, listUrl, telemetryUrl, ticketUrl: tickets, parse, parseList, companion, env = browserEnv() } = config
  // Inside, documents have the base type: nothing there makes one, so what comes out is what `parse` made.
  const idOf = config.idOf as (job: LiveDocument) => string

  const stores = new Map<string, { readonly id: string; readonly store: Store }>()
  const listeners = createListeners(env)

  let report: Report | undefined
  const early: Parameters<Report>[] = []

  /** The measuring is loaded once something has come of what is followed, so that it delays nothing; it gets what was before. */
  function reportOf(of: Reported): StoreOptions['report'] {
    if (telemetryUrl === undefined || env.isPrivate?.()) return undefined
    return (change) => {
      const given: Parameters<Report> = [of, change, env.now()]
      if (report !== undefined) report(...given)
      else if (early.length < MAX_EARLY && early.push(given) === 2) load(telemetryUrl)
    }
  }

  function load(url: string) {
    const core = { connectionOf, proofMs: PROOF_GAP_MS }
    // After a deployment, for example, it cannot be loaded: then nothing is reported.
    import('./telemetry/reporter.ts').then((it) => (report = it.createReporter(env, url, core, early))).catch(() => {})
  }

  const keyOf = (id: string, { transport = 'auto' }: FollowOptions<D> = {}) => `${transport} ${id}`
  const at = (id: string, follow?: FollowOptions<D>) => stores.get(keyOf(id, follow))?.store
  const of = (id?: string) => [...stores.values()].filter((entry) => id === undefined || entry.id === id)
  const accept = (job: LiveDocument) => {
    for (const { id, store } of of()) {
      if (id === idOf(job) || id === ALL_JOBS) store.dispatch({ type: 'accept', job })
    }
  }

  function targetOf(id: string): Target {
    if (id === ALL_JOBS) {
      const poll: PollTarget = { url: listUrl, read: (payload) => ({ ...parseCursor(payload), jobs: parseList(payload) }) }
      return { stream: listStreamUrl, poll, id: null, tickets, base: '', parse, companion: undefined }
    }
    const base = jobUrl(id)
    const poll: PollTarget = { url: `${base}/status`, read: (payload) => ({ jobs: [parse(payload)] }) }
    return { stream: `${base}/status/stream`, poll, id, tickets, base, parse, companion }
  }

  function create(id: string, { transport = 'auto', companion: wanted = true, initialJob }: FollowOptions<D>): Store {
    const all = id === ALL_JOBS
    const key = keyOf(id, { transport })
    const shared = of().flatMap(({ store }) => {
      const { job, jobs } = store.getSnapshot()
      return job === undefined ? Array.from(jobs.values()) : [job]
    })
    const initial = initialJob === undefined ? shared : [...shared, initialJob]
    const target = targetOf(id)
    const store = createStore(env, {
      scope: all ? 'list' : 'job',
      transport,
      idOf,
      wanted,
      initial: all ? initial : initial.filter((job) => idOf(job) === id),
      target,
      memoryKey: `live:${listStreamUrl}`,
      report: reportOf({ id: all ? null : id, stream: target.stream }),
      onJob: accept,
      onChange: listeners.tell,
      onRest() {
        stores.delete(key)
        listeners.tell()
      },
    })
    stores.set(key, { id, store })
    return store
  }

  return {
    env,
    subscribe(id, follow, listener) {
      const existing = at(id, follow)
      const store = existing ?? create(id, follow)
      if (existing !== undefined && follow.companion !== false) store.wantCompanion()
      if (existing !== undefined && follow.initialJob !== undefined) accept(follow.initialJob)
      return store.subscribe(listener)
    },
    getSnapshot: (id, follow) => at(id, follow)?.getSnapshot() as Snapshot<D, V> | undefined,
    lastEventAt(id, follow) {
      if (id !== undefined && follow !== undefined) return at(id, follow)?.lastAt()
      const going = of(id).filter(({ store }) => isFollowed(store.getSnapshot().connection))
      const times = going.flatMap(({ store }) => store.lastAt() ?? [])
      return times.length === 0 ? undefined : Math.min(...times)
    },
    subscribeConnection: listeners.add,
    getConnection: (id) => worst(of(id).map(({ store }) => store.getSnapshot().connection)),
    retryNow(id) {
      for (const { store } of of(id)) store.dispatch({ type: 'retry_now' })
    },
    pollOnly(id) {
      for (const { store } of of(id)) store.dispatch({ type: 'poll_only' })
    },
    accept,
  }
}

const parseCursor = shape({ cursor: orNull(text) })
