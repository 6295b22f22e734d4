import { expect, test } from 'vitest'
import { mergePatch } from '../src/patch.ts'
import { FRAME, follow, last, probing, says } from './follow.ts'
import { completed, statusOf } from '../src/testing/index.ts'

/** A session whose stream began with a whole status of version 10. */
async function live() {
  const session = follow({ segments: false })
  session.world.stream.hello()
  session.world.stream.emit('status', statusOf({ version: 10 }))
  await session.world.advance(FRAME)
  return session
}

test('a patch changes its fields and keeps the rest', async () => {
  const session = await live()
  session.world.stream.emit('patch', { version: 11, progress: 0.5, eta_range_s: [30, 45], message: 'Half of it' })
  await session.world.advance(FRAME)
  expect(session.view.status).toEqual(
    statusOf({ version: 11, progress: 0.5, eta_range_s: [30, 45], message: 'Half of it' }),
  )
})

test('each patch applies to the status before it', async () => {
  const session = await live()
  const { stream } = session.world
  stream.emit('patch', { version: 11, progress: 0.5 })
  stream.emit('patch', { version: 12, speed: 8 })
  await session.world.advance(FRAME)
  expect(session.view.status).toEqual(statusOf({ version: 12, progress: 0.5, speed: 8 }))
  stream.emit('status', statusOf({ version: 13, stage: 'finalizing' }))
  stream.emit('patch', { version: 14, message: 'Nearly done' })
  await session.world.advance(FRAME)
  expect(session.view.status).toEqual(statusOf({ version: 14, stage: 'finalizing', message: 'Nearly done' }))
  stream.emit('status', completed())
  expect(session.phase).toBe('done')
})

test('a null removes a field, and a final patch ends the session', async () => {
  const session = await live()
  const error = { code: 'timed_out', message: 'It took too long', retryable: true, debug_id: 'd1' }
  const none = { eta_s: null, eta_range_s: null, error: null }
  session.world.stream.emit('patch', { version: 11, error })
  await session.world.advance(FRAME)
  expect(session.view.status).toEqual(statusOf({ version: 11, error }))
  session.world.stream.emit('patch', { version: 12, ...none })
  await session.world.advance(FRAME)
  expect(session.view.status).toEqual(statusOf({ version: 12, ...none }))
  session.world.stream.emit('patch', { version: 13, state: 'completed', stage: 'completed', progress: 1 })
  expect(session.view.status).toEqual(completed({ version: 13, ...none }))
  expect(session.view.connection).toMatchObject({ phase: 'done', attempt: 0 })
  expect(session.world.openStreams).toHaveLength(0)
})

test('patches apply to the last status of their connection', async () => {
  const session = await live()
  session.client.accept(statusOf({ version: 20, stage: 'retrying', retry_in_s: 5, message: 'from elsewhere' }))
  session.world.stream.emit('patch', { version: 19, progress: 0.5 })
  await session.world.advance(FRAME)
  expect(session.view.status?.message).toBe('from elsewhere')
  session.world.stream.emit('patch', { version: 21, speed: 8 })
  await session.world.advance(FRAME)
  expect(session.view.status).toEqual(statusOf({ version: 21, progress: 0.5, speed: 8 }))
  expect(session.phase).toBe('live')
})

test('a poll beside an unproven stream does not affect its patches', async () => {
  const session = follow({ segments: false })
  const { world } = session
  await probing(session)
  world.stream.emit('status', statusOf({ version: 11 }))
  await world.advance(3_000)
  await world.request.respond(200, statusOf({ version: 15, speed: 9, message: 'polled' }), says('stream'))
  world.stream.emit('patch', { version: 14, progress: 0.5 })
  await world.advance(FRAME)
  expect(session.view.status?.message).toBe('polled')
  world.stream.emit('patch', { version: 16, eta_s: 30 })
  await world.advance(FRAME)
  expect(session.view.status).toEqual(statusOf({ version: 16, progress: 0.5, eta_s: 30 }))
  expect(session.phase).toBe('live')
})

test('a patch before any status of its connection is an error', async () => {
  const session = follow({ initialStatus: statusOf({ version: 10 }) })
  session.world.stream.hello()
  session.world.stream.emit('patch', { version: 11, progress: 0.9 })
  await session.world.advance(FRAME)
  expect(session.view.status).toEqual(statusOf({ version: 10 }))
  expect(session.reason).toBe('bad_payload')
  expect(session.world.openStreams).toHaveLength(0)
})

test('a new connection begins with a whole status', async () => {
  const session = await live()
  const { world } = session
  await last(session)
  world.stream.emit('goodbye', { reason: 'max_age', next: 'stream', retry_after_ms: 0 })
  await world.advance(1_000)
  world.stream.hello()
  world.stream.emit('status', statusOf({ version: 12, speed: 9 }))
  world.stream.emit('patch', { version: 13, progress: 0.6 })
  await world.advance(FRAME)
  expect(session.view.status).toEqual(statusOf({ version: 13, speed: 9, progress: 0.6 }))
  await last(session)
  world.stream.emit('goodbye', { reason: 'max_age', next: 'stream', retry_after_ms: 0 })
  await world.advance(1_000)
  world.stream.emit('patch', { version: 14, progress: 0.7 })
  await world.advance(FRAME)
  expect(session.view.status?.version).toBe(13)
  expect(session.reason).toBe('bad_payload')
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
  const session = await live()
  const { world } = session
  world.stream.emit('patch', patch)
  await world.advance(FRAME)
  expect(session.view.status).toEqual(statusOf({ version: 10 }))
  expect(session.view.connection).toMatchObject({ phase: 'retrying', reason: 'bad_payload' })
  expect(world.openStreams).toHaveLength(0)
  await world.advance(1_000)
  world.stream.emit('status', statusOf({ version: 11 }))
  world.stream.emit('patch', { version: 12, progress: 0.6 })
  await world.advance(FRAME)
  expect(session.view.status).toEqual(statusOf({ version: 12, progress: 0.6 }))
  expect(session.phase).toBe('live')
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
