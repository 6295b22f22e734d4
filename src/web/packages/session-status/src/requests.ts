import type { Env } from './env.ts'
import type { PollAnswer, TranscriptAnswer } from './machine/input.ts'
import type { Reason, State } from './machine/state.ts'
import { runAt } from './timer.ts'
import { MAX_POLL_MS, MIN_POLL_MS, POLL_TIMEOUT_MS, WAIT_S, WAIT_TIMEOUT_MS, clamp } from './timing.ts'
import { parseRetryAfter, parseSegments, parseStatuses, parseTransport } from './wire.ts'

/** A request that can be canceled. It never rejects; after a cancellation it never calls back. */
export interface Request {
  abort(): void
}

/** Reads a status, or a page of the list. */
export function requestStatus(
  env: Env,
  url: string,
  { etag, polling, life }: Pick<State, 'etag' | 'polling' | 'life'>,
  done: (answer: PollAnswer) => void,
): Request {
  const wait = polling === 'wait' && life === 'open'
  const headers: Record<string, string> = { Accept: 'application/json' }
  if (etag !== undefined) headers['If-None-Match'] = etag
  if (wait) headers['Prefer'] = `wait=${WAIT_S}`
  return request<PollAnswer>(env, {
    url,
    headers,
    timeoutMs: wait ? WAIT_TIMEOUT_MS : POLL_TIMEOUT_MS,
    read: (response) => readStatus(response, env.date()),
    lost: (reason) => ({ kind: 'failed', reason, retryMs: undefined }),
    done,
  })
}

async function readStatus(response: Response, now: number): Promise<PollAnswer> {
  const { headers, status: code } = response
  const refusal = REFUSALS[code]
  // During a deployment a proxy may answer 404 as well, but without the service's problem document.
  const isOwn = code === 401 || /problem\+json/.test(headers.get('Content-Type') ?? '')
  if (refusal !== undefined && isOwn) return { kind: 'refused', reason: refusal }
  // Empty, but an unread body is canceled with its response, and a browser's tools list that as failed.
  if (code === 304) await response.text()
  if (code !== 304 && !response.ok) {
    const busy = code === 429 || code === 503
    const retryMs = busy ? retryAfter(response, now) : undefined
    return { kind: 'failed', reason: busy ? 'busy' : 'http', retryMs, slower: code === 429 }
  }
  const pace = Number(headers.get('Playhead-Poll-After-Ms') ?? Number.NaN)
  return {
    kind: 'ok',
    statuses: code === 304 ? [] : parseStatuses(await response.json()),
    etag: headers.get('ETag') ?? undefined,
    transport: parseTransport(headers.get('Playhead-Transport')),
    pollMs: pace > 0 ? clamp(pace, MIN_POLL_MS, MAX_POLL_MS) : undefined,
  }
}

const REFUSALS: Readonly<Record<number, Reason>> = {
  401: 'signed_out',
  403: 'forbidden',
  404: 'not_found',
  410: 'not_found',
}

/** Reads the segments from index `from` on. */
export function requestTranscript(env: Env, url: string, done: (answer: TranscriptAnswer) => void): Request {
  return request<TranscriptAnswer>(env, {
    url,
    headers: { Accept: 'application/json' },
    timeoutMs: POLL_TIMEOUT_MS,
    read: async (response) =>
      response.ok ? { segments: parseSegments(await response.json()) } : { retryMs: retryAfter(response, env.date()) },
    lost: () => ({}),
    done,
  })
}

function retryAfter({ headers }: Response, now: number): number | undefined {
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
