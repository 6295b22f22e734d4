import type { Env, Undo } from './env.ts'

/** A list of listeners. */
export interface Listeners {
  readonly size: number
  /** Adds a listener. One that is added twice is called twice, until both are removed. */
  add(listener: () => void): Undo
  /** Calls them all; `failed` for each that throws. */
  tell(failed?: () => void): void
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
    tell(failed) {
      for (const { run } of all) attempt(env, run, failed)
    },
  }
}

/** Runs what may throw. Its error is reported as any other, later, so that what follows here still happens. */
export function attempt<T>(env: Env, run: () => T, failed?: () => void): T | undefined {
  try {
    return run()
  } catch (error) {
    failed?.()
    env.after(0, () => {
      throw error
    })
    return undefined
  }
}
