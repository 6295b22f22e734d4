import { screen } from '@testing-library/react'
import { beforeEach, expect, test } from 'vitest'
import { App } from '../src/App.tsx'
import { layOut } from './page.ts'
import { service, sessionOf, show } from './service.tsx'

const CANCELED = { state: 'canceled', stage: 'canceled', segments: 0 } as const
const DELETED = { ...sessionOf('s1', 'talk.mp3', CANCELED), audio_deleted_at: '2026-11-29T10:00:00Z' }

beforeEach(() => void layOut())

test('a session whose recording was deleted says so, and cannot be tried again', async () => {
  history.replaceState(null, '', '/sessions/s1')
  service({ signedIn: true, sessions: [DELETED] })
  show(<App />)
  expect(await screen.findByText(/The recording is not there any more/)).toBeTruthy()
  expect(document.querySelector('audio')).toBeNull()
  expect(screen.queryByRole('button', { name: 'Try again' })).toBeNull()
  expect(screen.queryByText('Download')).toBeNull()
  expect(screen.getByText('Delete')).toBeTruthy()
})

test('its row in the list does not offer it either', async () => {
  history.replaceState(null, '', '/')
  service({ signedIn: true, sessions: [DELETED, sessionOf('s2', 'other.mp3', CANCELED)] })
  show(<App />)
  expect(await screen.findByRole('button', { name: 'Try other.mp3 again' })).toBeTruthy()
  expect(screen.queryByRole('button', { name: 'Try talk.mp3 again' })).toBeNull()
})
