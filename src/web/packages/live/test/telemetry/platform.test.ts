// @vitest-environment jsdom
import { afterEach, expect, test, vi } from 'vitest'
import { World } from '../../src/testing/index.ts'
import { platformOf } from '../../src/telemetry/platform.ts'

afterEach(() => void vi.unstubAllGlobals())

const { afterPaint: _paint, connectMs: _connect, ...bare } = new World().env

test("an environment's own functions are used", () => {
  const world = new World()
  world.connectMs = 7
  expect(platformOf(world.env).connectMs('/stream', 0)).toBe(7)
})

test('a paint is over when a message comes after a frame', async () => {
  const order: string[] = []
  const nextFrame = (run: () => void) => {
    order.push('frame')
    run()
    order.push('painted')
    return () => {}
  }
  await new Promise<void>((resolve) => {
    platformOf({ ...bare, nextFrame }).afterPaint(() => {
      order.push('after')
      resolve()
    })
  })
  expect(order).toEqual(['frame', 'painted', 'after'])
})

const entry = (name: string, startTime: number, requestStart: number, responseStart: number) => ({ name, startTime, requestStart, responseStart })
const STREAM = 'http://localhost:3000/jobs/j1/status/stream'

test.each([
  ['the newest response of the address counts', [entry(`${STREAM}?patches=1`, 10, 12, 50), entry(`${STREAM}?last_event_id=7`, 20, 25, 55)], 30],
  ['one from before does not count', [entry(`${STREAM}?patches=1`, 9, 12, 50)], undefined],
  ['that of another address does not count', [entry(`${STREAM}/probe`, 10, 12, 50)], undefined],
  ['one whose times another origin hides does not count', [entry(STREAM, 10, 0, 0)], undefined],
])('of the time to the head of a stream, %s', (_, entries, expected) => {
  vi.stubGlobal('performance', { getEntriesByType: () => entries })
  expect(platformOf(bare).connectMs('/jobs/j1/status/stream', 10)).toBe(expected)
})

test('where there is no page there is no time to the head', () => {
  vi.stubGlobal('document', undefined)
  expect(platformOf(bare).connectMs('/stream', 0)).toBeUndefined()
})
