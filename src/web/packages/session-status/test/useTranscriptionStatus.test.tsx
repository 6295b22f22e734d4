// @vitest-environment jsdom
import type { ModeChange } from '@playhead/live/react'
import { act, cleanup, render, screen } from '@testing-library/react'
import { StrictMode } from 'react'
import { afterEach, expect, test, vi } from 'vitest'
import { createSessionStatusClient } from '../src/client.ts'
import {
  SessionStatusProvider,
  type UseTranscriptionStatusOptions,
  useTranscriptionStatus,
} from '../src/react/index.ts'
import { FRAME, says } from './follow.ts'
import { World, completed, segmentsEvent, statusOf } from '../src/testing/index.ts'

afterEach(cleanup)

function Progress({ id, options }: { id: string | undefined; options?: UseTranscriptionStatusOptions }) {
  const { status, segments, connection } = useTranscriptionStatus(id, options)
  return <p>{`${status?.progress ?? '–'} ${segments.length} ${connection.phase}`}</p>
}

function setUp() {
  const world = new World()
  const client = createSessionStatusClient({ env: world.env })
  const page = (children: React.ReactNode) => (
    <StrictMode>
      <SessionStatusProvider client={client}>{children}</SessionStatusProvider>
    </StrictMode>
  )
  return { world, page, advance: (ms: number) => act(() => world.advance(ms)) }
}

const shown = () => screen.getAllByText(/./, { selector: 'p' }).map(({ textContent }) => textContent)

test('StrictMode mounts twice and opens one stream', async () => {
  const { world, page, advance } = setUp()
  render(page(<Progress id="s1" />))
  await advance(FRAME)
  expect(world.streams).toHaveLength(1)
  world.stream.emit('status', statusOf())
  world.stream.emit('segments', segmentsEvent(0, 1))
  await advance(FRAME)
  expect(shown()).toEqual(['0.42 2 live'])
})

test('two components share one stream', async () => {
  const { world, page, advance } = setUp()
  const both = (
    <>
      <Progress id="s1" />
      <Progress id="s1" />
    </>
  )
  render(page(both))
  world.stream.emit('status', statusOf())
  await advance(FRAME)
  expect(world.streams).toHaveLength(1)
  expect(shown()).toEqual(['0.42 0 live', '0.42 0 live'])
})

test('a late component gets the newest status', async () => {
  const { world, page, advance } = setUp()
  const { rerender } = render(page(<Progress key="a" id="s1" />))
  act(() => world.stream.emit('status', completed()))
  rerender(
    page([<Progress key="a" id="s1" />, <Progress key="b" id="s1" />]),
  )
  await advance(FRAME)
  expect(shown()).toEqual(['1 0 done', '1 0 done'])
})

test('unmounting closes the stream after a moment, without a timer', async () => {
  const { world, page, advance } = setUp()
  const { unmount } = render(page(<Progress id="s1" />))
  world.stream.hello()
  unmount()
  await advance(1_400)
  expect(world.openStreams).toHaveLength(1)
  await advance(200)
  expect(world.pending).toBe(0)
})

test('mounting again within the moment keeps the stream', async () => {
  const { world, page, advance } = setUp()
  const { rerender } = render(page(<Progress id="s1" />))
  world.stream.hello()
  rerender(page(null))
  await advance(1_000)
  rerender(page(<Progress id="s1" />))
  await advance(5_000)
  expect(world.streams).toHaveLength(1)
  expect(shown()).toEqual(['– 0 live'])
})

test('another session is another stream', async () => {
  const { world, page, advance } = setUp()
  const { rerender } = render(page(<Progress id="s1" />))
  world.stream.emit('status', statusOf())
  await advance(FRAME)
  rerender(page(<Progress id="s2" />))
  await advance(FRAME)
  expect(shown()).toEqual(['– 0 connecting'])
  await advance(2_000)
  expect(world.openStreams.map(({ url }) => url.pathname)).toEqual(['/api/v1/sessions/s2/status/stream'])
})

test('nothing is followed without an id, or when disabled', async () => {
  const { world, page, advance } = setUp()
  render(page([<Progress key="a" id={undefined} />, <Progress key="b" id="s1" options={{ enabled: false }} />]))
  await advance(FRAME)
  expect(world.pending).toBe(0)
  expect(shown()).toEqual(['– 0 idle', '– 0 idle'])
})

test('an initial status is shown at once, and a newer one is used', async () => {
  const { world, page, advance } = setUp()
  const failed = completed({ version: 5, state: 'failed', stage: 'failed', progress: 0.5 })
  const { rerender } = render(page(<Progress id="s1" options={{ initialStatus: failed }} />))
  await advance(FRAME)
  expect(shown()).toEqual(['0.5 0 done'])
  const again = statusOf({ version: 6, state: 'queued', progress: null })
  rerender(page(<Progress id="s1" options={{ initialStatus: again }} />))
  await advance(FRAME)
  expect(shown()).toEqual(['– 0 connecting'])
  expect(world.openStreams).toHaveLength(1)
})

test('an initial status of another session is not shown', async () => {
  const { page, advance } = setUp()
  render(page(<Progress id="s2" options={{ initialStatus: completed() }} />))
  await advance(FRAME)
  expect(shown()).toEqual(['– 0 connecting'])
})

test('the mode of another session is no mode change', async () => {
  const { world, page, advance } = setUp()
  const options = { onModeChange: vi.fn<(change: ModeChange) => void>() }
  const { rerender } = render(page(<Progress id="s1" options={options} />))
  world.stream.emit('goodbye', { reason: 'flag_off', next: 'poll', retry_after_ms: 0 })
  await advance(FRAME)
  await act(() => world.request.respond(200, statusOf(), says('poll; reason=flag_off')))
  await advance(FRAME)
  await advance(5_000)
  rerender(page(<Progress id="s2" options={options} />))
  world.stream.hello()
  await advance(FRAME)
  await advance(10_000)
  expect(shown()).toEqual(['– 0 live'])
  expect(options.onModeChange).not.toHaveBeenCalled()
})
