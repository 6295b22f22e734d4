import { type FollowOptions, createLiveClient } from '../../src/index.ts'
import '../../src/telemetry/reporter.ts'
import { World, jobOf } from '../../src/testing/index.ts'
import { ON, follow } from '../follow.ts'

type Body = Readonly<Record<string, unknown>>

/** A client that reports, in a world of its own, following one job. */
export async function reporting(changes: Partial<World> = {}, id = 'j1', options: FollowOptions = { initialJob: jobOf({ version: 1 }) }) {
  const world = Object.assign(new World(), { random: 0.75 }, changes)
  const client = createLiveClient({ env: world.env, telemetryUrl: '/telemetry' })
  const followed = follow(options, world, id, client)
  await world.advance(0)
  return Object.assign(followed, { bodies: () => bodiesOf(world), total: () => totalOf(world) })
}

export type Reporting = Awaited<ReturnType<typeof reporting>>

export const bodiesOf = (world: World): readonly Body[] => world.reports.map(({ body }) => body)

/** The sum of all reports of a watch, however they were divided. */
export function totalOf(world: World): Body {
  return bodiesOf(world).reduce((sum, body) => Object.fromEntries(Object.keys(body).map((name) => [name, joined(name, sum[name], body[name])])), {})
}

const FIRSTS = new Set(['connect_ms', 'first_data_ms', 'final_lag_ms'])
const COUNTS = new Set(['proven', 'mutes', 'stalls', 'gaps', 'reconnects', 'fallbacks', 'held', 'page_errors'])

function joined(name: string, a: unknown, b: unknown): unknown {
  if (a === undefined) return b
  if (FIRSTS.has(name)) return a ?? b
  if (COUNTS.has(name)) return Number(a) + Number(b)
  if (name === 'max_age_ms') return Math.max(Number(a), Number(b))
  if (name === 'allowed') return added(a as number[], b as number[])
  if (name !== 'seconds' && name !== 'lag_ms') return b
  const [before, after] = [a as Record<string, number[]>, b as Record<string, number[]>]
  return Object.fromEntries(Object.keys({ ...before, ...after }).map((mode) => [mode, added(before[mode], after[mode])]))
}

/** In thousandths, which binary fractions are not. */
function added(a: readonly number[] = [], b: readonly number[] = []): readonly number[] {
  return Array.from({ length: Math.max(a.length, b.length) }, (_, at) => Math.round(((a[at] ?? 0) + (b[at] ?? 0)) * 1_000) / 1_000)
}

/** A stream whose first events come 40 ms after it was opened, and were sent 20 ms before, so that the clock is exact. It is proven, and reported. */
export async function streaming(changes: Partial<World> = {}) {
  const followed = await reporting(changes, 'j1', {})
  await followed.world.advance(40)
  followed.world.stream.hello(15, 20)
  publish(followed, 1)
  await followed.world.advance(1_000)
  followed.world.stream.heartbeat()
  await followed.world.advance(0)
  return followed
}

/** Delivers a status that was made `lateMs` ago. */
export function publish({ world }: { readonly world: World }, version: number, lateMs = 0, more: object = {}) {
  const updated_at = new Date(world.clock.date - lateMs).toISOString()
  world.stream.emit('status', jobOf({ version, updated_at, ...more }))
}

/** Lets time pass on a stream that beats every five seconds. */
export async function beat({ world }: { readonly world: World }, ms: number) {
  for (const end = world.time + ms; world.time < end; ) {
    await world.advance(Math.min(5_000, end - world.time))
    world.stream.heartbeat()
  }
  await world.advance(0)
}

/** A stream whose events are held back; the poll for it is answered. */
export async function mute({ world }: { readonly world: World }) {
  while (world.openStreams.length === 0) await world.advance(100)
  while (world.openStreams.length > 0) await world.advance(100)
  for (const request of world.openRequests) await request.respond(304, undefined, ON)
  await world.advance(0)
}

/** Ends the watch by a hidden page, so that the last report is sent. */
export async function hide({ world }: { readonly world: World }) {
  world.change({ presence: 'hidden' })
  await world.advance(0)
}

/** A histogram with these counts by bucket, and the sum of the lags. */
export function lags(counts: Readonly<Record<number, number>>, sumMs: number): readonly number[] {
  return [...Array.from({ length: 16 }, (_, bucket) => counts[bucket] ?? 0), sumMs]
}
