// @vitest-environment jsdom
import { act, cleanup, render } from '@testing-library/react'
import { type ReactNode, StrictMode, useEffect } from 'react'
import { renderToString } from 'react-dom/server'
import { afterEach, expect, test, vi } from 'vitest'
import { type Job, type JobStage, createLiveClient } from '../src/index.ts'
import {
  LiveProvider,
  type ModeChange,
  type UseJobStatusOptions,
  useConnection,
  useJobStatus,
  useJobs,
  useModeChange,
} from '../src/react/index.ts'
import { World, completedJob, jobOf, settle } from '../src/testing/index.ts'
import { FRAME, ON, says } from './follow.ts'

afterEach(cleanup)

/** A page in its own world, the last result of its hook, and the number of renders. */
function mount<T>(useIt: () => T, world = new World()) {
  const client = createLiveClient({ env: world.env })
  const shown: T[] = []
  function Component(): ReactNode {
    const returned = useIt()
    useEffect(() => void shown.push(returned))
    return null
  }
  const page = () => (
    <StrictMode>
      <LiveProvider client={client}>
        <Component />
      </LiveProvider>
    </StrictMode>
  )
  const { unmount, rerender } = render(page())
  const result = () => shown.at(-1) as T
  const advance = (ms: number) => act(() => world.advance(ms))
  return { world, client, result, shown, unmount, advance, rerender: () => rerender(page()) }
}

const following = (options?: UseJobStatusOptions) => mount(() => useJobStatus('j1', options))

type Stage = 'reading' | 'importing'
interface Rows {
  readonly rejected: number
}

test('a job has the stages and data of the caller', async () => {
  const { world, result, advance } = mount(() => useJobStatus<Stage, Rows>('j1'))
  world.stream.emit('status', jobOf<Stage, Rows>({ stage: 'reading', data: { rejected: 3 } }))
  await advance(FRAME)
  const stage: JobStage<Stage> | undefined = result().job?.stage
  const rejected: number | undefined = result().job?.data?.rejected
  expect([stage, rejected]).toEqual(['reading', 3])
  expect(world.streams).toHaveLength(1)
})

test('the result is the same object until something changes', async () => {
  const { world, result, advance, rerender } = following()
  world.stream.emit('status', jobOf({ version: 5 }))
  await advance(FRAME)
  expect(result()).toMatchObject({ job: { version: 5 }, version: 5, error: null, phase: 'live', mode: 'stream' })
  const before = result()
  world.stream.emit('heartbeat')
  await advance(2_000)
  rerender()
  expect(result()).toBe(before)
  expect(before.lastEventAt).toBe(FRAME)
  expect(before.ageMs).toBe(2_000)
})

test('without an id there is no data, and actions do nothing', () => {
  const { world, result } = mount(() => useJobStatus(undefined))
  result().retryNow()
  result().usePolling()
  expect(result()).toMatchObject({ job: undefined, phase: 'idle', mode: 'none', ageMs: undefined })
  expect(world.pending).toBe(0)
})

test.each(['stream', 'poll'] as const)('the transport %s is obeyed', async (transport) => {
  const { world, result, advance } = following({ transport })
  await advance(0)
  if (transport === 'stream') world.stream.emit('status', jobOf())
  else await act(() => world.request.respond(200, jobOf(), ON))
  await advance(FRAME)
  expect(result()).toMatchObject({ mode: transport, version: 1_000_001 })
  expect([world.streams.length, world.requests.length]).toEqual(transport === 'stream' ? [1, 0] : [0, 1])
})

test('an initial job is shown at once, and a newer one is used', async () => {
  let initialJob: Job = completedJob({ version: 5, state: 'failed', progress: 0.5 })
  const { world, result, advance, rerender } = mount(() => useJobStatus('j1', { initialJob }))
  await advance(FRAME)
  expect(result()).toMatchObject({ version: 5, phase: 'done' })
  initialJob = jobOf({ version: 6, state: 'queued', progress: null })
  rerender()
  await advance(FRAME)
  expect(result()).toMatchObject({ version: 6, phase: 'connecting' })
  initialJob = jobOf({ id: 'j2', version: 9 })
  rerender()
  await advance(FRAME)
  expect(result().version).toBe(6)
  expect(world.openStreams).toHaveLength(1)
})

test('onComplete is called once a received job is final, also again after a retry', async () => {
  const onComplete = vi.fn<(job: Job) => void>()
  const { world, client, advance } = following({ onComplete })
  world.stream.emit('status', jobOf())
  await advance(FRAME)
  act(() => world.stream.emit('status', completedJob({ state: 'failed' })))
  act(() => client.accept(jobOf({ version: 2_000_000, attempt: 2, state: 'queued' })))
  await advance(FRAME)
  act(() => world.stream.emit('status', completedJob({ version: 2_000_001, attempt: 2 })))
  act(() => client.accept(completedJob({ version: 2_000_001, attempt: 2 })))
  await advance(60_000)
  expect(onComplete.mock.calls.map(([{ state }]) => state)).toEqual(['failed', 'completed'])
  const final = following({ onComplete, initialJob: completedJob() })
  await final.advance(FRAME)
  expect(onComplete).toHaveBeenCalledTimes(2)
})

test('onModeChange is called once another mode has settled', async () => {
  const onModeChange = vi.fn<(change: ModeChange) => void>()
  const { world, advance } = following({ onModeChange })
  world.stream.hello()
  await advance(FRAME)
  await advance(5_000)
  world.stream.emit('goodbye', { reason: 'kill_switch', next: 'poll', retry_after_ms: 0 })
  await advance(FRAME)
  await advance(4_900)
  expect(onModeChange).not.toHaveBeenCalled()
  await advance(100)
  expect(onModeChange.mock.calls).toEqual([[{ from: 'stream', to: 'poll', reason: 'kill_switch' }]])
})

test('useModeChange watches the connection as a whole', async () => {
  const changed = vi.fn<(change: ModeChange) => void>()
  const { world, client, advance } = mount(() => useModeChange(useConnection(), changed))
  client.subscribe('j1', {}, () => {})
  world.stream.hello()
  await advance(FRAME)
  await advance(5_000)
  act(() => client.pollOnly())
  await advance(FRAME)
  await act(() => world.request.respond(200, jobOf(), ON))
  await advance(FRAME)
  await advance(5_000)
  expect(changed.mock.calls).toEqual([[{ from: 'stream', to: 'poll', reason: 'manual' }]])
})

test('all lists share one stream, and leave nothing', async () => {
  const { world, result, advance, unmount } = mount(() => [useJobs<Stage, Rows>(), useJobs()] as const)
  world.stream.emit('status', jobOf())
  await advance(FRAME)
  expect(world.streams).toHaveLength(1)
  expect(result()[0].jobs).toBe(result()[1].jobs)
  expect(result()[0].jobs.get('j1')?.version).toBe(1_000_001)
  unmount()
  await advance(1_500)
  expect(world.pending).toBe(0)
})

test('a disabled list follows nothing', () => {
  const { world, result } = mount(() => useJobs({ enabled: false }))
  expect(world.pending).toBe(0)
  expect(result()).toMatchObject({ phase: 'idle', jobs: new Map() })
})

test('useConnection follows nothing and has the actions', async () => {
  const { world, client, result, advance } = mount(() => useConnection())
  expect(result().phase).toBe('idle')
  const stop = client.subscribe('j1', {}, () => {})
  world.stream.hello()
  await advance(FRAME)
  expect(result()).toMatchObject({ phase: 'live', lastEventAt: 0, ageMs: FRAME })
  act(() => result().usePolling())
  await advance(FRAME)
  expect(result().phase).toBe('polling')
  act(() => result().retryNow())
  expect(world.openStreams).toHaveLength(1)
  stop()
  await advance(1_500)
  expect(result().phase).toBe('idle')
})

test('with headers a component follows by fetch, and leaves nothing', async () => {
  const world = new World()
  const client = createLiveClient({ env: world.env, headers: { Authorization: 'Bearer t1' } })
  const Page = () => useJobStatus('j1').job?.message ?? 'Loading'
  const { container, unmount } = render(<LiveProvider client={client}><Page /></LiveProvider>)
  await act(() => vi.waitUntil(async () => (await settle(), world.requests.length > 0)))
  expect(world.request.headers['Authorization']).toBe('Bearer t1')
  const body = world.request.stream()
  await act(() => body.send(`event: status\ndata: ${JSON.stringify(jobOf({ message: 'Half of it' }))}\n\n`))
  await act(() => world.advance(FRAME))
  expect(container.textContent).toBe('Half of it')
  unmount()
  await world.advance(1_500)
  expect(world.pending).toBe(0)
})

test('a refusal (404) is a phase, and retryNow tries again', async () => {
  const { world, result, advance } = following()
  world.stream.respond(404)
  await advance(0)
  await act(() => world.request.respond(404, {}, says('poll')))
  expect(result()).toMatchObject({ phase: 'failed', reason: 'not_found' })
  act(() => result().retryNow())
  expect(world.openStreams).toHaveLength(1)
})

test('on a server the initial job is shown, nothing is followed', () => {
  function Page() {
    const { phase, job } = useJobStatus('j1', { initialJob: jobOf() })
    return `${phase} ${job?.progress} ${useConnection().phase} ${useJobs().jobs.size}`
  }
  expect(renderToString(<Page />)).toBe('idle 0.42 idle 0')
})
