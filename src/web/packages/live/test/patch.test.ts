import { expect, test } from 'vitest'
import { mergePatch } from '../src/patch.ts'
import { FRAME, follow, last, probing, says } from './follow.ts'
import { completedJob, jobOf } from '../src/testing/index.ts'

/** A job whose stream began with a whole status of version 10. */
async function live() {
  const followed = follow()
  followed.world.stream.hello()
  followed.world.stream.emit('status', jobOf({ version: 10 }))
  await followed.world.advance(FRAME)
  return followed
}

test('a patch changes its fields and keeps the rest', async () => {
  const followed = await live()
  followed.world.stream.emit('patch', { version: 11, progress: 0.5, eta_s: 30, message: 'Half of it' })
  await followed.world.advance(FRAME)
  expect(followed.view.job).toEqual(
    jobOf({ version: 11, progress: 0.5, eta_s: 30, message: 'Half of it' }),
  )
})

test('each patch applies to the status before it', async () => {
  const followed = await live()
  const { stream } = followed.world
  stream.emit('patch', { version: 11, progress: 0.5 })
  stream.emit('patch', { version: 12, queue_position: 8 })
  await followed.world.advance(FRAME)
  expect(followed.view.job).toEqual(jobOf({ version: 12, progress: 0.5, queue_position: 8 }))
  stream.emit('status', jobOf({ version: 13, stage: 'finalizing' }))
  stream.emit('patch', { version: 14, message: 'Nearly done' })
  await followed.world.advance(FRAME)
  expect(followed.view.job).toEqual(jobOf({ version: 14, stage: 'finalizing', message: 'Nearly done' }))
  stream.emit('status', completedJob())
  expect(followed.phase).toBe('done')
})

test('a null removes a field, and a final patch ends the job', async () => {
  const followed = await live()
  const error = { code: 'timed_out', message: 'It took too long', retryable: true, debug_id: 'd1' }
  const none = { eta_s: null, error: null }
  followed.world.stream.emit('patch', { version: 11, error })
  await followed.world.advance(FRAME)
  expect(followed.view.job).toEqual(jobOf({ version: 11, error }))
  followed.world.stream.emit('patch', { version: 12, ...none })
  await followed.world.advance(FRAME)
  expect(followed.view.job).toEqual(jobOf({ version: 12, ...none }))
  followed.world.stream.emit('patch', { version: 13, state: 'completed', stage: 'completed', progress: 1 })
  expect(followed.view.job).toEqual(completedJob({ version: 13, ...none }))
  expect(followed.view.connection).toMatchObject({ phase: 'done', attempt: 0 })
  expect(followed.world.openStreams).toHaveLength(0)
})

test('patches apply to the last status of their connection', async () => {
  const followed = await live()
  followed.client.accept(jobOf({ version: 20, stage: 'retrying', message: 'from elsewhere' }))
  followed.world.stream.emit('patch', { version: 19, progress: 0.5 })
  await followed.world.advance(FRAME)
  expect(followed.view.job?.message).toBe('from elsewhere')
  followed.world.stream.emit('patch', { version: 21, queue_position: 8 })
  await followed.world.advance(FRAME)
  expect(followed.view.job).toEqual(jobOf({ version: 21, progress: 0.5, queue_position: 8 }))
  expect(followed.phase).toBe('live')
})

test('a poll beside an unproven stream does not affect its patches', async () => {
  const followed = follow()
  const { world } = followed
  await probing(followed)
  world.stream.emit('status', jobOf({ version: 11 }))
  await world.advance(3_000)
  await world.request.respond(200, jobOf({ version: 15, queue_position: 9, message: 'polled' }), says('stream'))
  world.stream.emit('patch', { version: 14, progress: 0.5 })
  await world.advance(FRAME)
  expect(followed.view.job?.message).toBe('polled')
  world.stream.emit('patch', { version: 16, eta_s: 30 })
  await world.advance(FRAME)
  expect(followed.view.job).toEqual(jobOf({ version: 16, progress: 0.5, eta_s: 30 }))
  expect(followed.phase).toBe('live')
})

test('a patch before any status of its connection is an error', async () => {
  const followed = follow({ initialJob: jobOf({ version: 10 }) })
  followed.world.stream.hello()
  followed.world.stream.emit('patch', { version: 11, progress: 0.9 })
  await followed.world.advance(FRAME)
  expect(followed.view.job).toEqual(jobOf({ version: 10 }))
  expect(followed.reason).toBe('bad_payload')
  expect(followed.world.openStreams).toHaveLength(0)
})

test('a new connection begins with a whole status', async () => {
  const followed = await live()
  const { world } = followed
  await last(followed)
  world.stream.emit('goodbye', { reason: 'max_age', next: 'stream', retry_after_ms: 0 })
  await world.advance(1_000)
  world.stream.hello()
  world.stream.emit('status', jobOf({ version: 12, queue_position: 9 }))
  world.stream.emit('patch', { version: 13, progress: 0.6 })
  await world.advance(FRAME)
  expect(followed.view.job).toEqual(jobOf({ version: 13, queue_position: 9, progress: 0.6 }))
  await last(followed)
  world.stream.emit('goodbye', { reason: 'max_age', next: 'stream', retry_after_ms: 0 })
  await world.advance(1_000)
  world.stream.emit('patch', { version: 14, progress: 0.7 })
  await world.advance(FRAME)
  expect(followed.view.job?.version).toBe(13)
  expect(followed.reason).toBe('bad_payload')
})

test.each([
  ['not JSON', 'not json'],
  ['not an object', 7],
  ['null', null],
  ['a list', []],
  ['a wrong type', { version: 11, progress: 'half' }],
  ['a null where there must be a value', { version: 11, message: null }],
  ['no version', { progress: 0.5 }],
  ['the same version', { version: 10, progress: 0.5 }],
  ['an older version', { version: 9, progress: 0.5 }],
])('an invalid patch (%s) is not shown, and the next stream recovers', async (_, patch) => {
  const followed = await live()
  const { world } = followed
  world.stream.emit('patch', patch)
  await world.advance(FRAME)
  expect(followed.view.job).toEqual(jobOf({ version: 10 }))
  expect(followed.view.connection).toMatchObject({ phase: 'retrying', reason: 'bad_payload' })
  expect(world.openStreams).toHaveLength(0)
  await world.advance(1_000)
  world.stream.emit('status', jobOf({ version: 11 }))
  world.stream.emit('patch', { version: 12, progress: 0.6 })
  await world.advance(FRAME)
  expect(followed.view.job).toEqual(jobOf({ version: 12, progress: 0.6 }))
  expect(followed.phase).toBe('live')
})

// The examples of RFC 7396, appendix A.
test.each([
  [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
  [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
  [{ a: 'b' }, { a: null }, {}],
  [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
  [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
  [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
  [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
  [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
  [['a', 'b'], ['c', 'd'], ['c', 'd']],
  [{ a: 'b' }, ['c'], ['c']],
  [{ a: 'foo' }, null, null],
  [{ a: 'foo' }, 'bar', 'bar'],
  [{ e: null }, { a: 1 }, { e: null, a: 1 }],
  [[1, 2], { a: 'b', c: null }, { a: 'b' }],
  [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
])('merge patch: %j and %j make %j', (target, patch, result) => {
  expect(mergePatch(target, patch)).toEqual(result)
})
