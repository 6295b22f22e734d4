import type { Sums } from './sums.ts'
import type { Watch } from './watch.ts'

/** What surrounds the sums in a report. */
export interface Envelope {
  readonly page: string
  readonly seq: number
  readonly session_id: string | null
  /** Of the newest document, if it has one. */
  readonly trace_id: string | undefined
  readonly protocol: string
  readonly rttMs: number | undefined
  readonly isEnd: boolean
}

const LAG_MODES = ['stream', 'wait', 'poll'] as const

const seconds = (ms: number) => Math.round(ms) / 1_000
const whole = (ms: number | null | undefined) => (typeof ms === 'number' ? Math.round(ms) : null)

/** The body of a report; times in ms, or in seconds where the name says so. */
export function reportOf({ time, stream, mode, reason }: Watch, sums: Sums, { page, seq, session_id, trace_id, protocol, rttMs, isEnd }: Envelope) {
  const { spans, allowed, lags, counts, maxAgeMs } = sums
  return {
    page,
    seq,
    session_id,
    trace_id,
    transport: mode,
    reason: sums.reason ?? reason ?? null,
    protocol,
    elapsed_s: seconds(time.at - time.startedAt),
    seconds: Object.fromEntries(Object.entries(spans).map(([name, span]) => [name, span.map((ms) => seconds(ms))])),
    allowed: allowed.map((ms) => seconds(ms)),
    connect_ms: whole(sums.connectMs),
    first_event_ms: whole(stream.firstEventMs),
    first_data_ms: whole(sums.firstDataMs),
    lag_ms: Object.fromEntries(LAG_MODES.flatMap((name) => (lags[name] === undefined ? [] : [[name, lags[name].map((value) => Math.round(value))]]))),
    rtt_ms: whole(rttMs),
    max_age_ms: whole(maxAgeMs),
    ...counts,
    final_lag_ms: whole(sums.finalLagMs),
    end: isEnd,
  }
}
