import { ApiError } from './http.ts'

/** Before the second try of what could not be sent; each further try waits twice as long. Most restarts take a few seconds. */
const FIRST_MS = 1_000

/** The longest wait that the server did not ask for: a server that is back is found out about within half a minute. */
const LONGEST_MS = 30_000

/** Added at random to what the server asks for, so that those it refused together do not come back together. */
const SPREAD = 0.1

/** A day. A timer of more than 24.8 days would fire at once. */
const MOST_ASKED_MS = 86_400_000

/** The connection failed: before anything was sent, or later. */
const NO_ANSWER: ReadonlySet<string> = new Set(['unreachable', 'cut'])

/** A limit, a server that is not ready, and what a proxy says of one that it does not reach in time: 520 to 527 are Cloudflare's. */
const PASSES: ReadonlySet<number> = new Set([429, 502, 503, 504, 520, 521, 522, 523, 524, 525, 526, 527])

/** No network, a server that cannot be reached or is not ready, or one that takes no more for now: from anybody, or from this person, in an hour or waiting. */
export type Why = 'offline' | 'away' | 'busy' | 'limit' | 'quota'

export interface Pause {
  readonly why: Why
  readonly ms: number
  /** Whether it ends as soon as the network is back: not where the server asked for it. */
  readonly untilOnline: boolean
}

/** How long to wait before the next try, and why; undefined where waiting does not help. `tries` have failed before in a row. */
export function pauseOf(error: unknown, tries: number, online = navigator.onLine, random = Math.random()): Pause | undefined {
  if (!(error instanceof ApiError)) return undefined
  const { status, code, retryAfterS } = error
  const lost = status === 0 && NO_ANSWER.has(code)
  if (!lost && !PASSES.has(status)) return undefined
  const why = code === 'over_quota' ? 'quota' : code === 'too_many_requests' ? 'limit' : status === 429 || code === 'busy' ? 'busy' : lost && !online ? 'offline' : 'away'
  if (retryAfterS === undefined) {
    return { why, ms: Math.min(LONGEST_MS, FIRST_MS * 2 ** tries) * (0.5 + random / 2), untilOnline: true }
  }
  return { why, ms: Math.min(MOST_ASKED_MS, retryAfterS * 1_000) * (1 + SPREAD * random), untilOnline: false }
}

/** Resolves when the pause is over, or as soon as it is called off. */
export function pauseFor({ ms, untilOnline }: Pause, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const over = new AbortController()
    const end = () => {
      clearTimeout(timer)
      over.abort()
      resolve()
    }
    const timer = setTimeout(end, ms)
    signal.addEventListener('abort', end, { signal: over.signal })
    if (untilOnline) addEventListener('online', end, { signal: over.signal })
  })
}
