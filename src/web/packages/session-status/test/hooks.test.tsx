// @vitest-environment jsdom
/** Over 300 lines: all hooks in one world, which is what they share. */
import { type Connection, IDLE } from '@playhead/live'
import type { ModeChange } from '@playhead/live/react'
import { act, cleanup, render } from '@testing-library/react'
import { type ReactNode, StrictMode, useEffect } from 'react'
import { afterEach, expect, test, vi } from 'vitest'
import { type SessionStatus, createSessionStatusClient } from '../src/index.ts'
import {
  SessionStatusProvider,
  type UseTranscriptionStatus,
  type UseTranscriptionStatusOptions,
  useCarriedStatus,
  useConnection,
  useSessionList,
  useTranscriptionStatus,
  useTranscriptionStatusPolling,
  useTranscriptionStatusSSE,
} from '../src/react/index.ts'
import { World, completed, statusOf } from '../src/testing/index.ts'
import { FRAME, says } from './follow.ts'

afterEach(cleanup)

/** A page in its own world, the last result of its hook, and the number of renders. */
function mount<T>(useIt: () => T, world = new World()) {
  const client = createSessionStatusClient({ env: world.env })
  const shown: T[] = []
  function Component(): ReactNode {
    const returned = useIt()
    useEffect(() => void shown.push(returned))
    return null
  }
  const page = () => (
    <StrictMode>
      <SessionStatusProvider client={client}>
        <Component />
      </SessionStatusProvider>
    </StrictMode>
  )
  const { unmount, rerender } = render(page())
  const result = () => shown.at(-1) as T
  const advance = (ms: number) => act(() => world.advance(ms))
  return { world, client, result, shown, unmount, advance, rerender: () => rerender(page()) }
}

const ON = says('stream; reason=flag_on')

test('the result is the same object until something changes', async () => {
  const { world, result, advance, rerender } = mount(() => useTranscriptionStatus('s1'))
  world.stream.emit('status', statusOf({ version: 5 }))
  await advance(FRAME)
  expect(result()).toMatchObject({
    status: { version: 5 },
    version: 5,
    segments: [],
    error: null,
    phase: 'live',
    mode: 'stream',
    connectionState: 'connected',
    reason: undefined,
    attempt: 0,
    nextRetryAt: undefined,
    isStale: false,
  })
  const before = result()
  world.stream.emit('heartbeat')
  await advance(2_000)
  rerender()
  expect(result()).toBe(before)
  expect(before.lastEventAt).toBe(FRAME)
  expect(before.ageMs).toBe(2_000)
})

test('without an id there is no data, and actions do nothing', async () => {
  const { world, result } = mount(() => useTranscriptionStatus(undefined))
  const { retryNow, usePolling, ...rest } = result()
  retryNow()
  usePolling()
  expect(rest).toMatchObject({ phase: 'idle', mode: 'none', lastEventAt: undefined, ageMs: undefined })
  expect(world.pending).toBe(0)
})

test('a burst of 50 statuses is one render', async () => {
  const { world, shown, result, advance } = mount(() => useTranscriptionStatus('s1'))
  world.stream.emit('status', statusOf({ version: 0 }))
  await advance(FRAME)
  const before = shown.length
  for (let version = 1; version <= 50; version += 1) world.stream.emit('status', statusOf({ version }))
  await advance(FRAME)
  expect(shown.length - before).toBe(1)
  expect(result().version).toBe(50)
})

test('stream only and polling only return the same data', async () => {
  const sse = mount(() => useTranscriptionStatusSSE('s1'))
  const polling = mount(() => useTranscriptionStatusPolling('s1'))
  sse.world.stream.emit('status', statusOf())
  await polling.advance(0)
  await act(() => polling.world.request.respond(200, statusOf(), ON))
  await sse.advance(FRAME)
  await polling.advance(FRAME)
  expect(Object.keys(sse.result()).toSorted()).toEqual(Object.keys(polling.result()).toSorted())
  expect(sse.result()).toMatchObject({ phase: 'live', mode: 'stream', version: 1_000_001 })
  expect(polling.result()).toMatchObject({ phase: 'polling', mode: 'poll', version: 1_000_001 })
  expect(polling.world.streams).toHaveLength(0)
  expect(sse.world.requests).toHaveLength(0)
})

test('usePolling and retryNow switch the transport', async () => {
  const { world, result, advance } = mount(() => useTranscriptionStatus('s1'))
  world.stream.hello()
  act(() => result().usePolling())
  await advance(FRAME)
  expect(result()).toMatchObject({ phase: 'polling', reason: 'manual' })
  act(() => result().retryNow())
  expect(world.openStreams).toHaveLength(1)
})

const following = (options: UseTranscriptionStatusOptions) => mount(() => useTranscriptionStatus('s1', options))

test('onComplete is called once, also in StrictMode', async () => {
  const onComplete = vi.fn<(status: SessionStatus) => void>()
  const { world, client, advance } = following({ onComplete })
  world.stream.emit('status', statusOf())
  await advance(FRAME)
  world.stream.drop()
  await advance(FRAME)
  expect(onComplete).not.toHaveBeenCalled()
  await act(() => world.request.respond(200, completed(), says('poll; reason=final')))
  await advance(FRAME)
  act(() => client.accept(completed()))
  await advance(60_000)
  expect(onComplete.mock.calls).toEqual([[completed()]])
})

test('onComplete is called again after a retry', async () => {
  const onComplete = vi.fn<(status: SessionStatus) => void>()
  const { world, client, advance } = following({ onComplete, segments: false })
  world.stream.emit('status', statusOf())
  await advance(FRAME)
  act(() => world.stream.emit('status', completed({ state: 'failed', stage: 'failed' })))
  act(() => client.accept(statusOf({ version: 2_000_000, attempt: 2, state: 'queued', stage: 'queued' })))
  await advance(FRAME)
  act(() => world.stream.emit('status', completed({ version: 2_000_001, attempt: 2 })))
  expect(onComplete.mock.calls.map(([{ state }]) => state)).toEqual(['failed', 'completed'])
})

test('onComplete is not called for a session that was final', async () => {
  const onComplete = vi.fn<(status: SessionStatus) => void>()
  const { world, advance } = following({ onComplete })
  world.stream.emit('status', completed())
  await advance(FRAME)
  const known = following({ onComplete, initialStatus: completed() })
  await known.advance(FRAME)
  expect(onComplete).not.toHaveBeenCalled()
})

test('onModeChange is called once a mode has settled', async () => {
  const onModeChange = vi.fn<(change: ModeChange) => void>()
  const { world, client, advance } = following({ onModeChange })
  world.stream.hello()
  await advance(FRAME)
  await advance(5_000)
  world.stream.drop()
  await advance(FRAME)
  await act(() => world.request.respond(304, undefined, ON))
  await advance(1_000)
  world.stream.hello()
  await advance(FRAME)
  act(() => client.pollOnly())
  await advance(FRAME)
  await advance(4_900)
  act(() => client.retryNow())
  world.stream.hello()
  await advance(FRAME)
  await advance(10_000)
  expect(onModeChange).not.toHaveBeenCalled()
  world.stream.emit('goodbye', { reason: 'kill_switch', next: 'poll', retry_after_ms: 0 })
  await advance(FRAME)
  await advance(5_000)
  expect(onModeChange.mock.calls).toEqual([[{ from: 'stream', to: 'poll', reason: 'kill_switch' }]])
})

test('all lists share one stream and leave nothing', async () => {
  const { world, result, advance, unmount } = mount(() => [useSessionList(), useSessionList()] as const)
  world.stream.emit('status', statusOf())
  await advance(FRAME)
  expect(world.streams).toHaveLength(1)
  expect(result()[0].statuses).toBe(result()[1].statuses)
  expect(result()[0]).toMatchObject({ phase: 'live', ageMs: FRAME })
  expect(result()[0].statuses.get('s1')?.version).toBe(1_000_001)
  unmount()
  await advance(1_500)
  expect(world.pending).toBe(0)
})

test('a disabled list follows nothing', () => {
  const { world, result } = mount(() => useSessionList({ enabled: false }))
  expect(world.pending).toBe(0)
  expect(result()).toMatchObject({ phase: 'idle', statuses: new Map() })
})

test('useConnection follows nothing and has the actions', async () => {
  const { world, client, result, advance } = mount(() => useConnection())
  expect(result().phase).toBe('idle')
  expect(world.pending).toBe(0)
  const stop = client.subscribe('s1', {}, () => {})
  world.stream.hello()
  await advance(FRAME)
  await advance(500)
  expect(result()).toMatchObject({ phase: 'live', connectionState: 'connected', lastEventAt: 0, ageMs: FRAME + 500 })
  act(() => result().usePolling())
  await advance(FRAME)
  expect(result().phase).toBe('polling')
  act(() => result().retryNow())
  expect(world.openStreams).toHaveLength(1)
  stop()
  await advance(1_500)
  expect(result().phase).toBe('idle')
})

test.each<[string, (hook: UseTranscriptionStatus, world: World) => Promise<void> | void]>([
  ['connecting', () => {}],
  ['live', (_hook, world) => world.stream.hello()],
  ['retrying', (_hook, world) => world.stream.drop()],
  [
    'polling',
    async (hook, world) => {
      hook.usePolling()
      await world.advance(0)
      await world.request.respond(200, statusOf(), ON)
    },
  ],
  ['paused', (_hook, world) => world.change({ presence: 'away' })],
  ['paused', (_hook, world) => world.change({ online: false })],
  ['done', (_hook, world) => world.stream.emit('status', completed({ segments: 2 }))],
  ['failed', (_hook, world) => world.stream.emit('goodbye', { reason: 'signed_out', next: 'none' })],
])('unmounted while %s, it leaves nothing open', async (phase, reach) => {
  const { world, result, advance, unmount } = mount(() => useTranscriptionStatus('s1'))
  await act(async () => reach(result(), world))
  await advance(FRAME)
  expect(result().phase).toBe(phase)
  unmount()
  await advance(1_500)
  expect(world.pending).toBe(0)
})

test('the carried status moves, and its progress never falls', async () => {
  const world = new World()
  let status: SessionStatus | undefined
  const { result, advance, rerender, unmount } = mount(() => useCarriedStatus(status), world)
  const show = async (changes: Partial<SessionStatus>, ms: number) => {
    status = statusOf({ progress: 0.5, position_s: 300, speed: 6, eta_s: 50, eta_range_s: [40, 60], ...changes })
    rerender()
    await advance(ms)
    return result()?.progress
  }
  expect(result()).toBeUndefined()
  expect(await show({}, 0)).toBe(0.5)
  await advance(2_000)
  expect(result()?.progress).toBeCloseTo(0.52)
  expect(result()?.position_s).toBeCloseTo(312)
  expect(result()?.eta_s).toBeCloseTo(48)
  expect(result()?.eta_range_s?.map(Math.round)).toEqual([38, 58])
  // The engine was slower than its speed.
  expect(await show({ version: 2, progress: 0.51, position_s: 306, eta_s: 49 }, 0)).toBeCloseTo(0.52)
  expect(result()?.eta_s).toBeCloseTo(48)
  await advance(1_000)
  expect(result()?.progress).toBeCloseTo(0.52)
  world.presence = 'hidden'
  await advance(60_000)
  expect(result()?.progress).toBeCloseTo(0.52)
  world.presence = 'shown'
  // Canceled at the position of the status, not at the extrapolated one.
  expect(await show({ version: 3, progress: 0.51, state: 'canceled', stage: 'canceled' }, 0)).toBe(0.51)
  expect(await show({ version: 3, attempt: 2, progress: 0.1, position_s: 60 }, 0)).toBe(0.1)
  expect(await show({ version: 5, attempt: 2, progress: null }, 0)).toBeNull()
  expect(await show({ ...completed(), attempt: 2 }, 0)).toBe(1)
  unmount()
  expect(world.clock.pending).toBe(0)
})

test.each([
  ['stale', { isStale: true }],
  ['offline', { phase: 'paused', reason: 'offline' }],
  ['given up', { phase: 'failed' }],
] as const)('the carried status stands still while the connection is %s, and goes on from there', async (_name, trouble) => {
  let connection: Connection = IDLE
  const status = statusOf({ stage: 'queued', state: 'queued', progress: null, eta_s: 60 })
  const { result, advance, rerender } = mount(() => useCarriedStatus(status, connection))
  await advance(10_000)
  expect(result().eta_s).toBe(50)
  connection = { ...IDLE, ...trouble }
  rerender()
  await advance(30_000)
  expect(result().eta_s).toBe(50)
  connection = IDLE
  rerender()
  await advance(5_000)
  expect(result().eta_s).toBe(45)
})

test('onComplete is called within a frame of the first status', async () => {
  const onComplete = vi.fn<(status: SessionStatus) => void>()
  const { world, client } = following({ onComplete, segments: false })
  act(() => world.stream.emit('status', statusOf()))
  act(() => world.stream.emit('status', completed({ state: 'failed', stage: 'failed' })))
  act(() => client.accept(statusOf({ version: 2_000_000, attempt: 2, state: 'queued', stage: 'queued' })))
  act(() => client.accept(completed({ version: 2_000_001, attempt: 2 })))
  expect(onComplete.mock.calls.map(([{ state }]) => state)).toEqual(['failed', 'completed'])
})
