import type { Undo } from '../env.ts'

interface Global {
  readonly setImmediate?: (run: () => void) => unknown
  readonly setTimeout: (run: () => void) => unknown
}

// Taken now: a test may replace the timers later.
const { setImmediate, setTimeout } = globalThis as Global
const soon = setImmediate ?? setTimeout

/** Runs all that is ready; no time passes on a test's clock. */
export function settle(): Promise<void> {
  return new Promise((resolve) => void soon(resolve))
}

/** A clock that moves only by calls. */
export class ScriptedClock {
  /** Milliseconds since the start. */
  time = 0
  private readonly timers = new Map<object, { at: number; run: () => void }>()

  /** Milliseconds on the wall clock. */
  get date(): number {
    return Date.UTC(2026, 10, 23) + this.time
  }

  /** The number of running timers. */
  get pending(): number {
    return this.timers.size
  }

  /** As in browsers, a delay that is too long for 32 bits is 0. */
  after(ms: number, run: () => void): Undo {
    const key = {}
    this.timers.set(key, { at: this.time + (ms >= 2 ** 31 ? 0 : ms), run })
    return () => void this.timers.delete(key)
  }

  /** Lets time pass, and runs each timer when it is due. */
  async advance(ms: number): Promise<void> {
    const end = this.time + ms
    for (;;) {
      const next = [...this.timers].filter(([, { at }]) => at <= end).toSorted(([, a], [, b]) => a.at - b.at)[0]
      if (next === undefined) break
      const [key, { at, run }] = next
      this.timers.delete(key)
      this.time = Math.max(this.time, at)
      run()
      await settle()
    }
    this.time = end
    await settle()
  }

  /** Lets time pass without running timers, as in a sleeping page; then those that are due run late. */
  async sleep(ms: number): Promise<void> {
    this.time += ms
    await this.advance(0)
  }
}
