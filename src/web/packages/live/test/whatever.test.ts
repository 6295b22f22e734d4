import { expect, test } from 'vitest'
import { ALL_JOBS, type TransportOption } from '../src/index.ts'
import { type FakeEventSource, World, completedJob, jobOf } from '../src/testing/index.ts'
import { follow, holding, says } from './follow.ts'

/** Mulberry32: the same luck for the same seed. */
function luckOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const HEADERS = [
  'stream; reason=flag_on',
  'poll; reason=flag_off',
  'wait; reason=at_capacity',
  'poll; reason=client',
  'wait; reason=at_capacity; held',
  'stream; reason=flag_on; held',
  '',
]
const headersOf = (header: string) => (header.endsWith('held') ? holding(header) : says(header))
const GOODBYES = ['max_age', 'draining', 'flag_off', 'at_capacity', 'final'] as const
const NEXT: Record<(typeof GOODBYES)[number], string> = {
  max_age: 'stream',
  draining: 'stream',
  flag_off: 'poll',
  at_capacity: 'wait',
  final: 'none',
}
const WAITS_MS = [0, 20, 600, 2_000, 7_000, 40_000, 400_000]

/** A job in a world that does whatever it likes. */
function chaos(seed: number, id: string, transport: TransportOption) {
  const luck = luckOf(seed)
  const pick = <T>(items: readonly T[]): T => items[Math.floor(luck() * items.length)] as T
  const world = new World()
  world.protocol = pick(['h2', 'http/1.1'])
  world.presence = pick(['shown', 'shown', 'hidden', 'away'])
  world.online = luck() < 0.8
  const followed = follow({ transport }, world, id)
  let version = 1
  let manual = false
  const newer = () => jobOf({ version: (version += 1) })
  const body = () => (id === ALL_JOBS ? { cursor: String(version), statuses: [newer()] } : newer())
  const onStream = (act: (stream: FakeEventSource) => void) => () => world.openStreams.forEach(act)
  const answer = async (code: number, more: Record<string, string>, payload: unknown) => {
    for (const request of world.openRequests) await request.respond(code, payload, more)
  }
  const goodbye = onStream((stream) => {
    const reason = pick(GOODBYES)
    stream.emit('goodbye', { reason, next: NEXT[reason], retry_after_ms: pick([0, 3_000]) })
  })
  const acts: readonly (() => unknown)[] = [
    onStream((stream) => stream.hello()),
    onStream((stream) => stream.emit('status', newer())),
    onStream((stream) => stream.emit('heartbeat')),
    onStream((stream) => stream.emit('patch', { version: (version += 1), progress: 0.5 })),
    onStream((stream) => stream.emit('status', 'not json')),
    onStream((stream) => stream.drop()),
    onStream((stream) => stream.respond(pick([204, 429, 502]))),
    goodbye,
    () => answer(200, headersOf(pick(HEADERS)), body()),
    () => answer(304, headersOf(pick(HEADERS)), undefined),
    () => answer(pick([500, 429, 503]), pick([{}, { 'Retry-After': '20' }]), {}),
    () => Promise.all(world.openRequests.map((request) => request.fail())),
    () => world.change({ presence: pick(['shown', 'hidden', 'away']) }),
    () => world.change({ online: luck() < 0.5 }),
    () => world.clock.sleep(pick(WAITS_MS)),
    () => {
      manual = luck() < 0.3
      if (manual) followed.client.pollOnly()
      else followed.client.retryNow()
    },
  ]
  const latest = () => version
  /** From now on everything works, and answers at once. */
  const heal = async () => {
    const status = newer()
    for (const stream of world.openStreams) {
      if (stream.readyState === 0) stream.hello()
      stream.emit('status', status)
      stream.emit('heartbeat')
    }
    const payload = id === ALL_JOBS ? { cursor: String(latest()), statuses: [status] } : status
    await answer(200, says('stream; reason=flag_on'), payload)
    await world.advance(1_000)
  }
  return { followed, world, pick, acts, heal, latest, isManual: () => manual }
}

const SEEDS = 20

/** Thousands of turns, on a machine that may be busy. */
const DEADLINE_MS = 60_000

const cases = (['auto', 'stream', 'poll'] as const).flatMap((transport) =>
  ['j1', ALL_JOBS].map((id) => [transport, id] as const),
)

test.each(cases)('%s, %s: after any events a working world is followed again', async (transport, id) => {
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const { followed, world, pick, acts, heal, latest, isManual } = chaos(seed, id, transport)
    const version = () => followed.view.job?.version ?? followed.view.jobs.get('j1')?.version ?? 0
    let seen = 0
    for (let steps = 0; steps < 40; steps += 1) {
      await pick(acts)()
      await world.advance(pick(WAITS_MS))
      const said = `seed ${seed}, step ${steps}, ${followed.phase}`
      expect(world.openStreams.length, said).toBeLessThanOrEqual(transport === 'poll' ? 0 : 1)
      expect(world.openRequests.length, said).toBeLessThan(2)
      expect(version(), said).toBeGreaterThanOrEqual(seen)
      if (world.presence === 'away') expect([...world.openStreams, ...world.openRequests], said).toEqual([])
      if (seen === 0 && version() === 0 && followed.client.lastEventAt(id) === undefined) {
        expect(followed.view.connection.connectionState, said).not.toBe('connected')
      }
      seen = version()
    }
    world.change({ presence: 'shown', online: true })
    // Only a person ends `failed` and a choice of polling. Everything else recovers by itself.
    if (followed.phase === 'failed' || isManual()) followed.client.retryNow()
    const target = latest()
    const [way, reason] = transport === 'poll' ? ['polling', 'manual'] : ['live', undefined]
    for (let seconds = 0; seconds < 900 && !(followed.phase === way && version() > target); seconds += 1) await heal()
    expect(followed.view.connection, `seed ${seed}`).toMatchObject({ phase: way, reason, isStale: false })
    expect(version(), `seed ${seed}`).toBeGreaterThan(target)
    followed.stop()
    for (const request of world.openRequests) await request.respond(200, completedJob())
    await world.advance(1_520)
    expect(world.pending, `seed ${seed}`).toBe(0)
  }
}, DEADLINE_MS)
