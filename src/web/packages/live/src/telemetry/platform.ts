import type { Env } from '../env.ts'

/** What only measuring uses of the platform: by the environment, or else the browser's, which is loaded with the measuring. */
export interface Platform {
  afterPaint(run: () => void): void
  connectMs(url: string, since: number): number | undefined
}

export function platformOf(env: Env): Platform {
  return {
    afterPaint: (run) => (env.afterPaint === undefined ? afterPaint(env, run) : env.afterPaint(run)),
    connectMs: env.connectMs ?? connectMs,
  }
}

/** A message is delivered after the frame has been painted, a callback before a frame runs before it. */
function afterPaint(env: Env, run: () => void): void {
  env.nextFrame(() => {
    const { port1, port2 } = new MessageChannel()
    port1.addEventListener('message', () => {
      port1.close()
      run()
    })
    port1.start()
    port2.postMessage(null)
  })
}

/** The Resource Timing of a response exists once it has ended; without times if another origin does not allow them. */
function connectMs(url: string, since: number): number | undefined {
  // A custom environment may be no page.
  if (typeof document === 'undefined') return undefined
  const { href } = new URL(url, document.baseURI)
  const entries = performance.getEntriesByType('resource') as PerformanceResourceTiming[]
  const last = entries.findLast(({ name, startTime }) => name.split('?')[0] === href && startTime >= since)
  return last !== undefined && last.requestStart > 0 && last.responseStart > 0 ? last.responseStart - last.requestStart : undefined
}
