import type { Env, Undo } from './env.ts'

/** A list of listeners. */
export interface Listeners {
  readonly size: number
  /** Adds a listener. One that is added twice is called twice, until both are removed. */
  add(listener: () => void): Undo
  tell(): void
}

export function createListeners(env: Env): Listeners {
  const all = new Set<{ readonly run: () => void }>()
  return {
    get size() {
      return all.size
    },
    add(run) {
      const own = { run }
      all.add(own)
      return () => void all.delete(own)
    },
    tell() {
      for (const { run } of all) {
        try {
          run()
        } catch (error) {
          // Reported as any other error, and the next listener is still called.
          env.after(0, () => {
            throw error
          })
        }
      }
    },
  }
}
