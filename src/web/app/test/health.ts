import type { Check, Health, Now, Range, SeriesName, State, Values } from '../src/api/health.ts'

const STEPS: Readonly<Record<Range, readonly [stepS: number, steps: number]>> = { now: [60, 10], hour: [60, 60], day: [900, 96], month: [21_600, 120] }
/** 2026-11-29 10:00 UTC, half a minute into a step. */
const UNTIL_S = 1_795_946_430

export const checkOf = (id: string, state: State, value: number | null, goal: number, count = 1_200): Check => ({ id, state, value, goal, count })

const WELL: readonly Check[] = [
  checkOf('uptime', 'well', 0.99979, 0.995, 86_400),
  checkOf('lag', 'well', 0.9931, 0.99),
  checkOf('established', 'well', 0.9989, 0.995),
  checkOf('finals', 'well', 1, 0.999, 214),
  checkOf('jobs', 'well', 0.9952, 0.99, 210),
  checkOf('queue', 'well', 42, 300, 3),
  checkOf('errors', 'well', 0.00012, 0.001, 40_000),
  checkOf('publishing', 'well', 0, 0, 9_000),
  checkOf('flags', 'well', 0.6, 30, 1),
  checkOf('people', 'quiet', 4.5, 4, 2),
]
const QUIET = WELL.map((check) => ({ ...check, state: 'quiet' as const, value: null, count: 0 }))

const NOW: Now = { streams_open: 18, waits_open: 3, people: 19, queue_depth: 3, queue_oldest_s: 42, running: 2, flags_age_s: 0.6 }

const quantiles = (p50: number | null, p95: number | null, p99: number | null, count = 4_000) => ({ p50, p95, p99, count })

/** What the server answers about a site on which people watch. */
export function healthOf({ range = 'hour', ...changes }: Partial<Health> = {}): Health {
  const [step_s, steps] = STEPS[range]
  const first = Math.floor(UNTIL_S / step_s) * step_s - (steps - 1) * step_s
  const at = Array.from({ length: steps }, (_, step) => first + step * step_s)
  // A wave and a gap: as numbers are, and without chance.
  const wave = (from: number, to: number, turns = 3, gap = true): Values =>
    at.map((_, step) => (gap && step === 4 ? null : from + ((to - from) * (1 + Math.sin((turns * 2 * Math.PI * step) / steps))) / 2))
  return {
    range,
    from: new Date(first * 1_000).toISOString(),
    until: new Date(UNTIL_S * 1_000).toISOString(),
    step_s,
    processes: { web: 2, worker: 1 },
    state: 'well',
    checks: WELL,
    now: NOW,
    totals: {
      watches: 412,
      watched_s: 86_400,
      uptime: 0.99979,
      streams_opened: 530,
      requests: 40_210,
      requests_saved: 27_400.4,
      bytes_saved: 41_300_000.2,
      lag_ms: { ...quantiles(6.2, 41, 88), within_100_ms: 0.9931 },
      write_ms: quantiles(2.1, 8.4, 21),
      establish_ms: quantiles(11, 48, 140, 530),
      first_event_ms: quantiles(38, 190, 870, 398),
      first_data_ms: quantiles(64, 310, 1_240, 412),
      final_ms: quantiles(18, 92, 310, 214),
      speed: 6.4,
      audio_s: 190_000,
      completed: 209,
      failed: 3,
      rating: { mean: 4.5, count: 2 },
    },
    shares: {
      modes: [
        { mode: 'stream', seconds: 77_000 },
        { mode: 'wait', seconds: 8_000 },
        { mode: 'poll', seconds: 1_400 },
        { mode: 'none', seconds: 0 },
      ],
      transport: [
        { mode: 'stream', reason: 'flag_on', count: 530 },
        { mode: 'poll', reason: 'flag_off', count: 61 },
        { mode: 'poll', reason: 'buffered', count: 9 },
      ],
      ended: [
        { reason: 'final', count: 301 },
        { reason: 'left', count: 160 },
        { reason: 'max_age', count: 50 },
      ],
      fallbacks: [
        { reason: 'mute', count: 7 },
        { reason: 'network', count: 2 },
      ],
      harms: [
        { harm: 'mute', count: 6 },
        { harm: 'slow', count: 2 },
      ],
      failures: [
        { by: 'recording', count: 2 },
        { by: 'us', count: 1 },
      ],
      errors: [{ route: '/api/v1/sessions', status: '5xx', count: 5 }],
    },
    at,
    series: {
      streams_open: wave(8, 24),
      waits_open: wave(1, 5),
      people: wave(9, 27),
      seconds_stream: wave(300, 1_200),
      seconds_wait: wave(60, 240, 2),
      seconds_poll: wave(0, 80, 5),
      seconds_none: wave(0, 12, 7),
      uptime: wave(0.985, 1),
      lag_p50_ms: wave(4, 9),
      lag_p95_ms: wave(20, 60),
      lag_p99_ms: wave(60, 180, 2),
      write_p50_ms: wave(1, 3),
      write_p95_ms: wave(5, 12),
      write_p99_ms: wave(12, 40),
      establish_p50_ms: wave(9, 14),
      establish_p95_ms: wave(30, 70),
      establish_p99_ms: wave(90, 210),
      requests: wave(300, 900),
      requests_saved: wave(100, 500),
      bytes_saved: wave(1e5, 9e5),
      errors_5xx: wave(0, 2),
      jobs_failed: at.map((_, step) => (step === 7 ? 1 : 0)),
      speed: wave(5.2, 7.1),
      queue_depth: wave(0, 7),
      queue_oldest_s: wave(0, 96),
      running: wave(1, 2, 2),
      rating: at.map((_, step) => (step % 9 === 3 ? 4 + (step % 2) : null)),
    },
    ...changes,
  }
}

/** A site on which nothing has happened. */
export function idleHealth(range: Range = 'hour'): Health {
  const health = healthOf({ range })
  const none = health.at.map(() => null)
  const nothing = quantiles(null, null, null, 0)
  return {
    ...health,
    state: 'quiet',
    processes: { web: 0, worker: 0 },
    checks: QUIET,
    now: { streams_open: 0, waits_open: 0, people: 0, queue_depth: 0, queue_oldest_s: null, running: 0, flags_age_s: 0.4 },
    totals: {
      ...health.totals,
      watches: 0,
      watched_s: 0,
      uptime: null,
      streams_opened: 0,
      requests_saved: 0,
      bytes_saved: 0,
      lag_ms: { ...nothing, within_100_ms: null },
      write_ms: nothing,
      establish_ms: nothing,
      first_event_ms: nothing,
      first_data_ms: nothing,
      final_ms: nothing,
      speed: null,
      audio_s: 0,
      completed: 0,
      failed: 0,
      rating: { mean: null, count: 0 },
    },
    shares: { modes: [], transport: [], ended: [], fallbacks: [], harms: [], failures: [], errors: [] },
    series: Object.fromEntries(Object.keys(health.series).map((name) => [name, none])) as unknown as Record<SeriesName, Values>,
  }
}

/** A proxy holds streams back: people see old data, and fall back. */
export function badHealth(range: Range = 'hour'): Health {
  const trouble = [
    checkOf('uptime', 'bad', 0.9412, 0.995, 86_400),
    checkOf('finals', 'warn', 0.9911, 0.999, 214),
    checkOf('established', 'warn', 0.9712, 0.995),
  ]
  const well = healthOf({ range })
  return { ...well, state: 'bad', checks: [...trouble, ...WELL.filter(({ id }) => !trouble.some((one) => one.id === id))] }
}
