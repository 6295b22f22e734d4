import type { Env, Undo } from './env.ts'

/** Who is told of changes. */
export interface Listeners {
  readonly size: number
  /** The same listener may be added twice, and is then told twice until each is undone. */
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
          // It is reported as any other, but the next one hears all the same.
          env.after(0, () => {
            throw error
          })
        }
      }
    },
  }
}
