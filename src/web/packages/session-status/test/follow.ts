import { type FollowOptions, createSessionStore } from '../src/store.ts'
import { World } from './world.ts'

/** Follows session `s1` in a world of its own. */
export function follow(options: FollowOptions = {}, world = new World()) {
  const store = createSessionStore(world.env, '/api/v1/sessions/s1', options)
  let notified = 0
  const stop = store.subscribe(() => {
    notified += 1
  })
  return {
    world,
    store,
    stop,
    get notified() {
      return notified
    },
    get view() {
      return store.getSnapshot()
    },
    get phase() {
      return store.getSnapshot().connection.phase
    },
    get reason() {
      return store.getSnapshot().connection.reason
    },
  }
}

/** Answers headers of a status poll. */
export const says = (transport: string, more: Record<string, string> = {}) => ({
  'Playhead-Transport': transport,
  ...more,
})

/** One display frame. */
export const FRAME = 20
