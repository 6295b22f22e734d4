import { type FakeRequest, World as LiveWorld } from '@playhead/live/testing'

/** An environment with its own clock, network and random numbers: `createSessionStatusClient({ env: world.env })`. */
export class World extends LiveWorld {
  get transcriptRequests(): readonly FakeRequest[] {
    return this.requests.filter(({ url }) => url.pathname.endsWith('/transcript'))
  }
}
