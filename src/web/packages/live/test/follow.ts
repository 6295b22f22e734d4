import { type FollowOptions, type Job, type Snapshot, createLiveClient } from '../src/index.ts'
import { World, jobOf } from '../src/testing/index.ts'
import { STABLE_MS } from '../src/timing.ts'

export const clientOf = (world: World) => createLiveClient({ env: world.env })

/** Follows job `j1` in a world of its own. */
export function follow(
  options: FollowOptions = {},
  world = new World(),
  id = 'j1',
  client = clientOf(world),
) {
  let notified = 0
  const stop = client.subscribe(id, options, () => {
    notified += 1
  })
  return {
    world,
    client,
    stop,
    get notified() {
      return notified
    },
    get view(): Snapshot<Job> {
      const snapshot = client.getSnapshot(id, options)
      if (snapshot === undefined) throw new Error('nobody follows any more')
      return snapshot
    },
    get phase() {
      return this.view.connection.phase
    },
    get reason() {
      return this.view.connection.reason
    },
  }
}

/** Answers headers of a status poll. */
export const says = (transport: string, more: Record<string, string> = {}): Record<string, string> => ({
  'Playhead-Transport': transport,
  ...more,
})

/** The same where the server holds polls; the ETag is of a version and the transport. */
export const holding = (transport: string, version = 1) =>
  says(transport, { 'Preference-Applied': 'wait=20', ETag: `"${version}.${transport}"` })

export const OFF = says('poll; reason=flag_off')
export const ON = says('stream; reason=flag_on')

/** One display frame. */
export const FRAME = 20

type Following = ReturnType<typeof follow>

/** A stream that delivered its first status. */
export async function live(world = new World()) {
  const followed = follow({}, world)
  world.stream.hello()
  world.stream.emit('status', jobOf({ version: 1 }))
  await world.advance(FRAME)
  return followed
}

/** The stream is refused, and a poll has brought the first status. */
export async function polled() {
  const followed = follow()
  followed.world.stream.respond(204)
  await followed.world.advance(0)
  await followed.world.request.respond(200, jobOf({ version: 1 }), OFF)
  return followed
}

/** Lets time pass until something holds, while every poll is answered that nothing is new. */
export async function until(followed: Following, holds: () => boolean, withinMs = 600_000) {
  const end = followed.world.time + withinMs
  while (!holds()) {
    if (followed.world.time >= end) throw new Error(`not within ${withinMs} ms`)
    await followed.world.advance(50)
    for (const request of followed.world.statusRequests) {
      if (!request.settled) await request.respond(304, undefined, says('stream; reason=flag_on'))
    }
  }
}

/** Lets time pass on a stream that beats every five seconds: no silence is worth a question. */
export async function beat({ world }: Following, ms: number) {
  for (const end = world.time + ms; world.time < end; ) {
    await world.advance(Math.min(5_000, end - world.time))
    world.stream.heartbeat()
  }
}

/** Lets a live stream last for as long as it takes to be trusted. */
export async function last(followed: Following) {
  await beat(followed, STABLE_MS)
}

/** A path that swallows every event, until the first probe of the stream is open. */
export async function probing(followed: Following) {
  await followed.world.advance(1_000)
  await followed.world.request.respond(200, jobOf({ version: 10 }), says('stream; reason=flag_on'))
  await until(followed, () => followed.phase === 'polling')
  await until(followed, () => followed.world.openStreams.length > 0)
}
