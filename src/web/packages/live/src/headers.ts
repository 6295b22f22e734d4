import type { Env } from './env.ts'
import { openLater } from './later.ts'

type Fields = Readonly<Record<string, string>>

/** Headers of all requests. A function is called again for each request, so that it can renew a token. */
export type RequestHeaders = Fields | (() => Fields | Promise<Fields>)

/**
 * Adds headers to all requests of an environment. `EventSource` cannot send any, so streams are read by `fetch`; the reader
 * is loaded with the first stream. Cookies are sent to the page's own origin only.
 */
export function withHeaders(env: Env, headers: RequestHeaders): Env {
  const renewsCredentials = typeof headers === 'function'
  const fetch: Env['fetch'] = async (url, init) => {
    const added = typeof headers === 'function' ? await headers() : headers
    init.signal?.throwIfAborted()
    return env.fetch(url, { ...init, credentials: 'same-origin', headers: { ...added, ...(init.headers as Fields) } })
  }
  const openEvents: Env['openEvents'] = (url, lastEventId) =>
    openLater(import('./fetch.ts').then(({ fetchEvents }) => (signal, onEvent) => fetchEvents(fetch, url, { lastEventId, signal, onEvent })))
  return { ...env, fetch, plainFetch: env.fetch, renewsCredentials, openEvents }
}
