import type { Env } from './env.ts'

/** Replaces frames, which stop in a hidden tab, so that its title still changes. */
const HIDDEN_FRAME_MS = 250

/** Makes an environment of the browser. It listens to nothing until something is followed. */
export function browserEnv(): Env {
  // Between `freeze` or `pagehide` and the event that ends it, `visibilityState` alone is not enough.
  let away = false
  return {
    fetch: (url, init) => fetch(url, init),
    openEvents:
      typeof EventSource === 'undefined' ? undefined : (url) => new EventSource(url, { withCredentials: true }),
    now: () => performance.now(),
    date: () => Date.now(),
    after(ms, run) {
      const id = setTimeout(run, ms)
      return () => clearTimeout(id)
    },
    nextFrame(run) {
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
    presence: () => (away ? 'away' : document.visibilityState === 'hidden' ? 'hidden' : 'shown'),
    isOnline: () => navigator.onLine,
    onChange(run) {
      const hear = ({ type }: Event) => {
        if (type === 'freeze' || type === 'pagehide') away = true
        if (type === 'resume' || type === 'pageshow') away = false
        run()
      }
      const listen = (change: 'addEventListener' | 'removeEventListener') => {
        for (const type of ['online', 'offline', 'pagehide', 'pageshow']) window[change](type, hear)
        for (const type of ['visibilitychange', 'freeze', 'resume']) document[change](type, hear)
      }
      away = false
      listen('addEventListener')
      return () => listen('removeEventListener')
    },
    protocol(url) {
      const { origin } = new URL(url, document.baseURI)
      const seen = [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
      const last = seen.findLast(({ name }) => name.startsWith(`${origin}/`)) as PerformanceResourceTiming | undefined
      return last?.nextHopProtocol
    },
    isPrivate: () => Reflect.get(globalThis.navigator ?? {}, 'globalPrivacyControl') === true,
    memory(key, value) {
      // Storage may be switched off, full or forbidden: then nothing is stored.
      try {
        if (value !== undefined) sessionStorage.setItem(key, String(value))
        return Number(sessionStorage.getItem(key))
      } catch {
        return 0
      }
    },
  }
}
