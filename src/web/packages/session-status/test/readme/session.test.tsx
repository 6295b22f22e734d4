// @vitest-environment jsdom
import { createSessionStatusClient } from '@playhead/session-status'
import { SessionStatusProvider } from '@playhead/session-status/react'
import { World, statusOf } from '@playhead/session-status/testing'
import { act, render, screen } from '@testing-library/react'
import { expect, test } from 'vitest'
import { Session } from './session.tsx'

test('shows what is going on, and offers to try again', async () => {
  const world = new World()
  const client = createSessionStatusClient({ env: world.env })
  render(<SessionStatusProvider client={client}><Session id="s1" /></SessionStatusProvider>)
  world.stream.emit('status', statusOf({ progress: 0.5, message: 'Half of it' }))
  await act(() => world.advance(20)) // one display frame
  expect(screen.getByText(/Half of it/)).toBeTruthy()
  world.stream.drop() // the network breaks; one request asks why
  await act(() => world.advance(0))
  await act(() => world.request.respond(401))
  expect(screen.getByRole('button', { name: 'Try again' })).toBeTruthy()
})
