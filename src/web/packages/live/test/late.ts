import { World, jobOf } from '../src/testing/index.ts'
import { FRAME, ON, follow } from './follow.ts'

export type Following = ReturnType<typeof follow>

/** By the world's clock, `lateMs` ago, on a machine whose clock is `aheadMs` ahead. */
export const ago = ({ world }: Following, lateMs: number, aheadMs = 0) =>
  new Date(world.clock.date - lateMs + aheadMs).toISOString()

/** A status that was made `lateMs` ago. */
export function say(followed: Following, version: number, lateMs: number, more: { aheadMs?: number; attempt?: number } = {}) {
  const { aheadMs = 0, attempt = 1 } = more
  followed.world.stream.emit('status', jobOf({ version, attempt, updated_at: ago(followed, lateMs, aheadMs) }))
}

/** A stream that is on time and delivered two statuses. */
export async function onTime(options: Parameters<typeof follow>[0] = {}, world = new World()) {
  const followed = follow(options, world)
  world.stream.hello()
  say(followed, 1, 0)
  await world.advance(1_000)
  say(followed, 2, 0)
  return followed
}

/**
 * Delivers a status a second, each when it is released, until the stream is left; returns how long that took. Polls return
 * the newest status, or, if the server itself is slow, the newest that was released.
 */
export async function held(followed: Following, ms: number, releasedAt: (sentAt: number) => number, by: 'path' | 'server' = 'path') {
  const { world } = followed
  const { stream, time: start } = world
  const sent: { readonly version: number; readonly sentAt: number }[] = []
  let heard = 0
  for (let step = 0; step * 250 < ms && !stream.closed; step += 1) {
    if (step % 4 === 0) sent.push({ version: 100 + world.time, sentAt: world.time })
    if (step % 20 === 19 && by === 'server') stream.heartbeat()
    for (let next = sent[heard]; next && start + releasedAt(next.sentAt - start) <= world.time; next = sent[heard]) {
      heard += 1
      if (!stream.closed) say(followed, next.version, world.time - next.sentAt)
    }
    const newest = by === 'path' ? sent.at(-1) : sent[heard - 1]
    for (const request of world.openRequests) {
      const { version = 2, sentAt = start } = newest ?? {}
      await request.respond(200, jobOf({ version, updated_at: ago(followed, world.time - sentAt) }), ON)
    }
    await world.advance(250)
  }
  await world.advance(FRAME)
  return world.time - start
}

/** Ever later, until it is late by `lateMs`. */
export const lateBy = (lateMs: number) => (sentAt: number) => sentAt + Math.min(sentAt, lateMs)
