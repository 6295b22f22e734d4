import { ApiError } from './http.ts'

/** For a server that is busy and does not say for how long: long enough not to add to its load. */
const PAUSE_MS = 30_000

/** For how many ms the server wants nothing of the kind, or undefined where waiting is not what the error asks for. */
export function pauseOf(error: unknown): number | undefined {
  if (!(error instanceof ApiError) || (error.status !== 429 && error.status !== 503)) return undefined
  return error.retryAfterS === undefined ? PAUSE_MS : error.retryAfterS * 1_000
}

/** Resolves after so many ms, or as soon as it is called off. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}
