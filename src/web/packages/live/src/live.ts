import { browserEnv } from './browser.ts'
import { array, shape } from './check.ts'
import { type ClientConfig, type LiveClient, createClient } from './client.ts'
import { type RequestHeaders, withHeaders } from './headers.ts'
import { type Job, type LiveDocument, parseJob } from './job.ts'

/**
 * Options of a client. Without any it follows a `Job` at `/jobs/{id}/status`, and all of them at `/status`, of the page's
 * own origin.
 */
export type ClientOptions<D extends LiveDocument = Job, V = unknown> = {
  readonly [K in keyof ClientConfig<D, V>]?: ClientConfig<D, V>[K] | undefined
} & {
  /** Headers of all requests, for example `Authorization`. A function is called again for each request. */
  readonly headers?: RequestHeaders | undefined
}

/** Makes a client. It opens no connection before the first subscriber. */
export function createLiveClient<D extends LiveDocument = Job, V = undefined>(
  options: ClientOptions<D, V> = {},
): LiveClient<D, V> {
  const {
    jobUrl = (id) => `/jobs/${encodeURIComponent(id)}`,
    listStreamUrl = '/status/stream',
    listUrl = '/status',
    // `D` is `Job` unless the caller passes these.
    parse = parseJob as (payload: unknown) => unknown as (payload: unknown) => D,
    parseList = (payload) => shape({ statuses: array(parse) })(payload).statuses,
    idOf = (job) => String((job as { readonly id?: unknown }).id),
    headers,
    env = browserEnv(),
    ...rest
  } = options
  const own = headers === undefined ? env : withHeaders(env, headers)
  return createClient({ ...rest, jobUrl, listStreamUrl, listUrl, parse, parseList, idOf, env: own })
}
