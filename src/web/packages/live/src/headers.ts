import type { Env, EventStream, StreamMessage } from './env.ts'

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
  return { ...env, fetch, renewsCredentials, openEvents: (url, lastEventId) => open(fetch, url, lastEventId) }
}

function open(fetch: Env['fetch'], url: string, lastEventId?: string | number): EventStream {
  const controller = new AbortController()
  const { signal } = controller
  const listeners = new Map<string, (event: StreamMessage) => void>()
  const onEvent = (name: string, event: StreamMessage) => {
    if (!signal.aborted) listeners.get(name)?.(event)
  }
  const response = import('./fetch.ts').then(
    ({ fetchEvents }) => fetchEvents(fetch, url, { lastEventId, signal, onEvent }),
    // The reader could not be loaded, as after a deployment or without a network.
    () => undefined,
  )
  void response.then((refusal) => onEvent('error', { response: refusal }))
  return {
    addEventListener: (name, listener) => void listeners.set(name, listener),
    close: () => controller.abort(),
  }
}
