import type { Decision, Harm, Look, Past, Rollout, Watched } from '../src/api/rollout.ts'

/** 2026-11-29 10:00 UTC. */
const NOW_MS = 1_795_946_400_000
const MINUTES = 12
const ago = (minutes: number) => new Date(NOW_MS - minutes * 60_000).toISOString()

const harmOf = (id: string, harmed: number, absolute: number | null, relative: number | null, changes: Partial<Harm> = {}): Harm => ({
  id,
  action: 'roll_back',
  stream: { harmed, people: 41 },
  poll: { harmed: 0, people: 118 },
  absolute,
  relative,
  hold_line: 1.3,
  roll_back_line: 3.9,
  ...changes,
})

const HARMS: readonly Harm[] = [
  harmOf('mute', 0, -0.8, -0.3),
  harmOf('never_established', 1, 0.2, 0.4),
  harmOf('final_late', 0, -0.4, 0),
  harmOf('fallback', 2, -1.9, null, { action: 'hold', roll_back_line: null }),
  harmOf('silent', 1, null, 0.6),
]

export const PLAN: Rollout['plan'] = {
  stages: [
    { share: 5, bake_s: 600, people: 60, margin: 0.05 },
    { share: 10, bake_s: 600, people: 60, margin: 0.05 },
    { share: 25, bake_s: 900, people: 100, margin: 0.02 },
    { share: 50, bake_s: 1_800, people: 100, margin: 0.02 },
    { share: 100, bake_s: 1_800, people: 100, margin: 0.01 },
  ],
  harms: [
    { id: 'mute', budget: 0.02, tests: ['absolute', 'relative'], action: 'roll_back' },
    { id: 'never_established', budget: 0.02, tests: ['absolute', 'relative'], action: 'roll_back' },
    { id: 'final_late', budget: 0.005, tests: ['absolute', 'relative'], action: 'roll_back' },
    { id: 'fallback', budget: 0.1, tests: ['absolute'], action: 'hold' },
    { id: 'silent', budget: null, tests: ['relative'], action: 'roll_back' },
  ],
  problems: [],
}

/** For the charts: a wave that ends at the evidence of now, for each harm that has the test. */
export function looksOf(harms: readonly Harm[] = HARMS): readonly Look[] {
  const byHarm = (test: 'absolute' | 'relative', minute: number) =>
    Object.fromEntries(
      harms.flatMap((harm) => {
        const last = harm[test]
        return last === null ? [] : [[harm.id, (last * minute) / (MINUTES - 1) + 0.15 * Math.sin(minute * 2) * (MINUTES - 1 - minute)]]
      }),
    )
  return Array.from({ length: MINUTES }, (_, minute) => ({
    at: ago(MINUTES - minute),
    stream: 3 * minute,
    poll: 10 * minute,
    absolute: byHarm('absolute', minute),
    relative: byHarm('relative', minute),
  }))
}

/** A rollout in its second step, without looks: to draw its charts takes a tenth of a second each. */
export function watchedOf(changes: Partial<Watched> = {}): Watched {
  return {
    id: 7,
    group: 'sse.status-stream.r7',
    state: 'running',
    is_dry_run: false,
    begun_at: ago(25),
    begun_by: 'ada@example.com',
    reason: 'release 1.4',
    stage: 1,
    share: 10,
    baked_s: 430,
    bake_s: 600,
    people_needed: 60,
    left_s: 170,
    looked_at: ago(0),
    held_by: null,
    needs_person: false,
    sentence: 'No harm is in sight: 41 of 60 streaming people were counted.',
    arms: {
      stream: { exposed: 52, people: 41, silent: 1, silent_of: 47 },
      poll: { exposed: 431, people: 118, silent: 6, silent_of: 124 },
    },
    sample_ratio: -0.6,
    harms: HARMS,
    server: [
      { id: 'loop_lag', value: 0.012, line: 0.25, looks: 0 },
      { id: 'memory', value: 0.91, line: 0.85, looks: 2 },
      { id: 'drops', value: null, line: 10, looks: 0 },
      { id: 'flags_age', value: 0.7, line: 60, looks: 0 },
      { id: 'errors', value: 0.0004, line: 0.05, looks: 0 },
    ],
    looks: [],
    ...changes,
  }
}

export const decisionOf = (id: number, changes: Partial<Decision> = {}): Decision => ({
  id,
  rollout: 7,
  at: ago(25 - id),
  decision: 'advance',
  stage: 1,
  share_from: 5,
  share_to: 10,
  state: 'acted',
  by: 'the judge',
  reason: 'proof',
  sentence: 'Advanced to 10%: none of 64 streaming people was harmed in 10 minutes.',
  numbers: null,
  ...changes,
})

const STARTED = decisionOf(1, {
  decision: 'start',
  stage: 0,
  share_from: 0,
  share_to: 5,
  by: 'ada@example.com',
  reason: 'release 1.4',
  sentence: 'Started at 5%.',
})

/** What the server answers while a rollout is in its second step. */
export function rolloutOf(changes: Partial<Rollout> = {}): Rollout {
  return {
    location: 'the file /data/flags.json',
    share: 10,
    trouble: null,
    limit: null,
    is_allowed: true,
    emergency: null,
    telemetry: true,
    plan: PLAN,
    rollout: watchedOf(),
    decisions: [decisionOf(11), STARTED],
    past: [],
    ...changes,
  }
}

/** Before the first rollout. */
export const noRollout = (changes: Partial<Rollout> = {}) => rolloutOf({ share: 0, rollout: null, decisions: [], ...changes })

export const ROLLED_BACK =
  'Rolled back from 25%: 9 of 41 streaming users saw nothing new for 10 s, 0 of 118 polling users; chance of that under equal quality below 1 in 1,000.'

export const pastOf = (outcome: Past['outcome'], isDry = false): Past => ({
  id: 7,
  group: 'sse.status-stream.r7',
  begun_at: ago(60),
  ended_at: ago(10),
  outcome,
  share: 25,
  is_dry_run: isDry,
})

/** Streams are mute for one in five: it is certain. */
export const MUTE = harmOf('mute', 9, 4.3, 4.1)
