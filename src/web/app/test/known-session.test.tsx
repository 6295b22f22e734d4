import { fireEvent, screen } from '@testing-library/react'
import { beforeEach, expect, test } from 'vitest'
import { App } from '../src/App.tsx'
import { layOut } from './page.ts'
import { service, sessionOf, show } from './service.tsx'

beforeEach(() => void layOut())

test('what the list knows of a session is on its page at once, and is read again there', async () => {
  const server = service({ signedIn: true, sessions: [sessionOf('s1', 'talk.mp3')] })
  const { client } = show(<App />)
  const link = await screen.findByRole('link', { name: 'talk.mp3' })
  server.sessions = [{ ...sessionOf('s1', 'talk.mp3'), language: 'cs' }]
  // As of a list that was read a while ago.
  client.setQueryData(['sessions'], client.getQueryData(['sessions']), { updatedAt: Date.now() - 60_000 })
  fireEvent.click(link)
  expect(screen.getByRole('heading', { name: 'talk.mp3' })).toBeTruthy()
  expect(screen.queryByText('Loading…')).toBeNull()
  expect(await screen.findByText(/Czech/)).toBeTruthy()
})
