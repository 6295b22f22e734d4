// @vitest-environment jsdom
import { createLiveClient } from '@playhead/live'
import { LiveProvider } from '@playhead/live/react'
import { World, jobOf } from '@playhead/live/testing'
import { act, render, screen } from '@testing-library/react'
import { expect, test } from 'vitest'
import { LiveBar } from './bar.tsx'

test('shows the stage, and that it reconnects', async () => {
  const world = new World()
  const client = createLiveClient({ env: world.env })
  render(<LiveProvider client={client}><LiveBar id="j1" stages={{ importing: 'Importing' }} /></LiveProvider>)
  expect(screen.getByText('Loading…')).toBeTruthy()
  world.stream.emit('status', jobOf({ stage: 'importing', data: { rejected: 3 } }))
  await act(() => world.advance(20)) // one display frame
  expect(screen.getByText(/Importing 3 rejected/)).toBeTruthy()
  world.stream.drop() // the network breaks
  await act(() => world.advance(20))
  expect(screen.getByText(/Reconnecting/)).toBeTruthy()
})
