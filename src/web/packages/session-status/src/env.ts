/** Undoes what was asked for; calling it twice, or after the fact, is harmless. */
export type Undo = () => void

/** The little of an `EventSource` that is used here. */
export interface EventStream {
  addEventListener(name: string, listener: (event: { readonly data?: unknown }) => void): void
  close(): void
}

/** All that the package needs from the world. Tests pass their own; nothing else touches a global. */
export interface Env {
  fetch(url: string, init: RequestInit): Promise<Response>
  /** Absent where the platform has no `EventSource`: then sessions are polled. */
  openEvents?: ((url: string) => EventStream) | undefined
  /** Milliseconds on a clock that only moves forward. */
  now(): number
  /** Wall-clock milliseconds, for `Retry-After` dates. */
  date(): number
  after(ms: number, run: () => void): Undo
  /** Runs before the next paint, or soon where nothing is painted. */
  nextFrame(run: () => void): Undo
  random(): number
  isOnline(): boolean
  onOnline(run: () => void): Undo
}

/** Frames stop in a hidden tab, but its title should go on: then this is the pace. */
const HIDDEN_FRAME_MS = 250

/** The browser as the environment. */
export function browserEnv(): Env {
  return {
    fetch: (url, init) => fetch(url, init),
    openEvents:
      typeof EventSource === 'undefined' ? undefined : (url) => new EventSource(url, { withCredentials: true }),
    now: () => performance.now(),
    date: () => Date.now(),
    after: (ms, run) => {
      const id = setTimeout(run, ms)
      return () => clearTimeout(id)
    },
    nextFrame: (run) => {
      const undo = () => {
        cancelAnimationFrame(frame)
        clearTimeout(timer)
      }
      const once = () => {
        undo()
        run()
      }
      const frame = requestAnimationFrame(once)
      const timer = setTimeout(once, HIDDEN_FRAME_MS)
      return undo
    },
    random: () => Math.random(),
    isOnline: () => navigator.onLine,
    onOnline: (run) => {
      addEventListener('online', run)
      return () => removeEventListener('online', run)
    },
  }
}
