import { expect, test } from 'vitest'
import { type Job, createLiveClient, parseJob } from '../../src/index.ts'
import '../../src/telemetry/reporter.ts'
import { World, jobOf } from '../../src/testing/index.ts'
import { follow } from '../follow.ts'
import { bodiesOf, hide } from './reporting.ts'

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'

/** Follows a job whose document keeps the trace that the server names, and reports after each of these updates. */
async function reportsOf(...updates: readonly object[]) {
  const world = new World()
  const parse = (payload: unknown) => ({ ...parseJob(payload), trace_id: Reflect.get(Object(payload), 'trace_id') }) as Job
  const followed = follow({}, world, 'j1', createLiveClient({ env: world.env, telemetryUrl: '/telemetry', parse }))
  await world.advance(40)
  world.stream.hello(15, 20)
  for (const [index, update] of updates.entries()) {
    world.stream.emit('status', jobOf({ version: index + 1, ...update }))
    await world.advance(1_000)
    await hide(followed)
    world.change({ presence: 'shown' })
    await world.advance(1_000)
  }
  return bodiesOf(world)
}

test('a report names the trace of the newest document', async () => {
  const [report] = await reportsOf({ trace_id: TRACE })
  expect(report).toHaveProperty('trace_id', TRACE)
})

test('without a trace a report has no field for it', async () => {
  for (const report of await reportsOf({}, { trace_id: null }, { trace_id: 7 })) expect(report).not.toHaveProperty('trace_id')
})
