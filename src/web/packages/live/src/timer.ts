import type { Env, Undo } from './env.ts'
import { LATE_MS, MAX_TIMER_MS } from './timing.ts'

/** Calls back at a time of `env.now()`, however far. If the timer is late, queued events are delivered first. */
export function runAt(env: Env, at: number, run: () => void): Undo {
  let late = false
  let undo: Undo
  const wait = () => {
    const ms = at - env.now()
    undo = env.after(Math.min(Math.max(0, ms), MAX_TIMER_MS), () => {
      if (ms > MAX_TIMER_MS) return wait()
      if (late || env.now() - at <= LATE_MS) return run()
      late = true
      wait()
    })
  }
  wait()
  return () => undo()
}
