import { type FollowOptions, type Snapshot, createSessionStatusClient } from '../src/index.ts'
import { World } from '../src/testing/index.ts'

/** Follows session `s1` in a world of its own. */
export function follow(
  options: FollowOptions = {},
  world = new World(),
  id = 's1',
  client = createSessionStatusClient({ env: world.env }),
) {
  const stop = client.subscribe(id, options, () => {})
  return {
    world,
    client,
    stop,
    get view(): Snapshot {
      const snapshot = client.getSnapshot(id, options)
      if (snapshot === undefined) throw new Error('nobody follows any more')
      return snapshot
    },
    get phase() {
      return this.view.connection.phase
    },
  }
}

/** Answers headers of a status poll. */
export const says = (transport: string) => ({ 'Playhead-Transport': transport })

export const OFF = says('poll; reason=flag_off')
export const ON = says('stream; reason=flag_on')

/** One display frame. */
export const FRAME = 20
