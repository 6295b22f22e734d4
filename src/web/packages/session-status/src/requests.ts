import type { Env } from './env.ts'
import type { PollAnswer } from './machine/input.ts'
import type { Reason, State } from './machine/state.ts'
import type { Segment } from './status.ts'
import { POLL_TIMEOUT_MS, WAIT_S, WAIT_TIMEOUT_MS } from './timing.ts'
import { parseRetryAfter, parseSegments, parseStatuses, parseTransport } from './wire.ts'

/** A request that can be called off. It never rejects; called off, it never calls back. */
export interface Request {
  abort(): void
}

/** Reads the status once, or a list of them. */
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
  if (refusal !== undefined) return { kind: 'refused', reason: refusal }
  if (code !== 304 && !response.ok) {
    const busy = code === 429 || code === 503
    const retryMs = busy ? parseRetryAfter(headers.get('Retry-After'), now) : undefined
    return { kind: 'failed', reason: busy ? 'busy' : 'http', retryMs }
  }
  const pace = Number(headers.get('Playhead-Poll-After-Ms') ?? Number.NaN)
  return {
    kind: 'ok',
    statuses: code === 304 ? [] : parseStatuses(await response.json()),
    etag: headers.get('ETag') ?? undefined,
    transport: parseTransport(headers.get('Playhead-Transport')),
    pollMs: pace > 0 ? pace : undefined,
  }
}

const REFUSALS: Readonly<Record<number, Reason>> = {
  401: 'signed_out',
  403: 'forbidden',
  404: 'not_found',
  410: 'not_found',
}

/** Reads the transcript from `from` on; undefined where it could not be read. */
export function requestTranscript(
  env: Env,
  url: string,
  done: (segments: readonly Segment[] | undefined) => void,
): Request {
  return request<readonly Segment[] | undefined>(env, {
    url,
    headers: { Accept: 'application/json' },
    timeoutMs: POLL_TIMEOUT_MS,
    read: async (response) => (response.ok ? parseSegments(await response.json()) : undefined),
    lost: () => undefined,
    done,
  })
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
  const stopTimeout = env.after(timeoutMs, () => {
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
      return settle(lost(env.isOnline() ? 'network' : 'offline'))
    }
    try {
      settle(await read(response))
    } catch {
      // Cut off in the middle of a body and a body of the wrong shape look alike here, and are met alike.
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
