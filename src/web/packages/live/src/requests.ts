import type { Companion } from './companion.ts'
import type { Env } from './env.ts'
import type { LiveDocument } from './job.ts'
import type { Failure, PollAnswer } from './machine/input.ts'
import type { Reason, State } from './machine/state.ts'
import { runAt } from './timer.ts'
import { MAX_POLL_MS, MIN_POLL_MS, POLL_TIMEOUT_MS, clamp } from './timing.ts'
import { parseRetryAfter, parseTransport } from './wire.ts'

/** A request that can be canceled. It never rejects; after a cancellation it never calls back. */
export interface Request {
  abort(): void
}

/** What is polled: its address, and the reader of a response's body. */
export interface PollTarget {
  readonly url: string
  read(payload: unknown): { readonly jobs: readonly LiveDocument[]; readonly cursor?: string | null }
}

const JSON_TYPE = 'application/json'

/** Polls once. */
export function requestStatus(
  env: Env,
  { url, read }: PollTarget,
  { scope, stream: { lastEventId }, poll: { askedMs, etag, nr } }: Pick<State, 'scope' | 'stream' | 'poll'>,
  done: (answer: PollAnswer) => void,
): Request {
  const headers: Record<string, string> = { Accept: JSON_TYPE }
  const query = new URLSearchParams()
  if (scope === 'list' && lastEventId !== undefined) query.set('after', lastEventId)
  if (etag !== undefined) headers['If-None-Match'] = etag
  if (askedMs > 0) {
    headers['Prefer'] = `wait=${Math.round(askedMs / 1_000)}`
    // Another address each time, so that no cache answers, and no browser holds a request until an equal one is answered.
    query.set('n', String(nr))
  }
  return request<PollAnswer>(env, {
    url: `${query}` === '' ? url : `${url}?${query}`,
    headers,
    timeoutMs: (etag === undefined ? 0 : askedMs) + POLL_TIMEOUT_MS,
    read: (response) => readStatus(response, read, env.date()),
    lost: (reason) => ({ kind: 'failed', reason }),
    done,
  })
}

async function readStatus(response: Response, read: PollTarget['read'], now: number): Promise<PollAnswer> {
  const { headers, status: code } = response
  // Empty, but an unread body is canceled with its response, and a browser's tools list that as failed.
  if (code === 304) await response.text()
  else if (!response.ok) return { kind: 'failed', ...failureOf(response, now) }
  const pace = Number(headers.get('Playhead-Poll-After-Ms') ?? Number.NaN)
  return {
    kind: 'ok',
    ...(code === 304 ? { jobs: [] } : read(await response.json())),
    // Nothing else is asked for.
    waits: headers.has('Preference-Applied'),
    etag: headers.get('ETag') ?? undefined,
    headers,
    transport: parseTransport(headers.get('Playhead-Transport')),
    pollMs: pace > 0 ? clamp(pace, MIN_POLL_MS, MAX_POLL_MS) : undefined,
  }
}

/** Classifies a response that is not a success. */
export function failureOf(response: Response, now: number): Failure {
  const { headers, status: code } = response
  const refusal = REFUSALS[code]
  // During a deployment a proxy may answer 404 as well, but without the service's problem document.
  const isOwn = code === 401 || /problem\+json/.test(headers.get('Content-Type') ?? '')
  if (refusal !== undefined && isOwn) return { reason: refusal, refused: true }
  const slower = code === 429
  return slower || code === 503 ? { reason: 'busy', retryMs: retryAfter(response, now), slower } : { reason: 'http' }
}

const REFUSALS: Readonly<Record<number, Reason>> = {
  401: 'signed_out',
  403: 'forbidden',
  404: 'not_found',
  410: 'not_found',
}

/** Makes a request of the companion. */
export function requestCompanion(env: Env, url: string, { read, lost }: Pick<Companion, 'read' | 'lost'>, done: (answer: unknown) => void): Request {
  return request<unknown>(env, {
    url,
    headers: { Accept: JSON_TYPE },
    timeoutMs: POLL_TIMEOUT_MS,
    read: (response) => read(response, env.date()),
    lost: () => lost,
    done,
  })
}

/** How long a response asks to wait, in ms. */
export function retryAfter({ headers }: Response, now: number): number | undefined {
  return parseRetryAfter(headers.get('Retry-After'), now)
}

interface Ask<T> {
  readonly url: string
  readonly headers: Record<string, string>
  readonly timeoutMs: number
  readonly read: (response: Response) => Promise<T>
  readonly lost: (reason: Reason) => T
  readonly done: (answer: T) => void
}

function request<T>(env: Env, { url, headers, timeoutMs, read, lost, done }: Ask<T>): Request {
  const controller = new AbortController()
  let open = true
  const settle = (answer: T) => {
    if (!open) return
    open = false
    stopTimeout()
    done(answer)
  }
  const stopTimeout = runAt(env, env.now() + timeoutMs, () => {
    settle(lost('network'))
    controller.abort()
  })
  void (async () => {
    let response: Response
    try {
      response = await env.fetch(url, {
        headers,
        credentials: 'include',
        cache: 'no-store',
        signal: controller.signal,
      })
    } catch {
      return settle(lost('network'))
    }
    try {
      settle(await read(response))
    } catch {
      // A truncated body and one of the wrong shape cannot be told apart, and are handled alike.
      settle(lost('bad_payload'))
    }
  })()
  return {
    abort() {
      if (!open) return
      open = false
      stopTimeout()
      controller.abort()
    },
  }
}
