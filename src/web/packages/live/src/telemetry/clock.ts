import { CLOCK_JUMP_MS, CLOCK_SAMPLES } from './timing.ts'

/** One comparison of the server's clock with the page's monotonic one. */
interface Sample {
  /** What is added to a time of the page to get the server's, in ms since 1970. It is wrong by `rttMs / 2` at most. */
  readonly offsetMs: number
  readonly rttMs: number
  /** How far the wall clock was ahead of the monotonic one. */
  readonly leadMs: number
}

/** The newest samples, newest last. */
export type Clock = readonly Sample[]

/** A request whose response had the server's time: sent and received on the monotonic clock. */
export interface Exchange {
  readonly sentAt: number
  readonly receivedAt: number
  readonly serverMs: number
  readonly leadMs: number
}

/** Adds a sample: as NTP does, with the server's time in the middle of the round trip. One without a time is ignored. */
export function sampled(clock: Clock, { sentAt, receivedAt, serverMs, leadMs }: Exchange): Clock {
  const rttMs = receivedAt - sentAt
  if (!(serverMs > 0) || !(rttMs >= 0)) return clock
  return [...clock, { offsetMs: serverMs - (sentAt + receivedAt) / 2, rttMs, leadMs }].slice(-CLOCK_SAMPLES)
}

/** The sample with the smallest round trip, the newest of several, of those from before no jump of a clock. */
export function best(clock: Clock, leadMs: number): Sample | undefined {
  const valid = clock.filter((sample) => Math.abs(sample.leadMs - leadMs) <= CLOCK_JUMP_MS)
  return valid.reduce<Sample | undefined>((a, b) => (a !== undefined && a.rttMs < b.rttMs ? a : b), undefined)
}
