import { render, screen } from '@testing-library/react'
import { expect, test } from 'vitest'
import { Facts } from '../src/components/Facts.tsx'
import { Timeline } from '../src/components/Timeline.tsx'
import { sessionTitle } from '../src/lib/sessionTitle.ts'
import { announcement } from '../src/lib/stages.ts'
import { statusOf } from './status.ts'

test('the progress bar says where it is, in numbers and words', () => {
  render(<Timeline status={statusOf()} />)
  const bar = screen.getByRole('progressbar', { name: 'Progress' })
  expect(bar.getAttribute('aria-valuenow')).toBe('42')
  expect(bar.getAttribute('aria-valuetext')).toBe('Transcribing, 42%')
})

test('progress that is not known has no value', () => {
  render(<Timeline status={statusOf({ progress: null, stage: 'loading_model' })} />)
  const bar = screen.getByRole('progressbar')
  expect(bar.hasAttribute('aria-valuenow')).toBe(false)
  expect(bar.getAttribute('aria-valuetext')).toBe('Loading model')
})

test('facts that are not known are not shown', () => {
  render(<Facts status={statusOf({ speed: null })} duration={600} />)
  expect(screen.queryByText('Speed')).toBeNull()
  expect(screen.getByText('4:12 of 10:00')).toBeTruthy()
})

test('the tab tells the progress first', () => {
  expect(sessionTitle('talk.mp3', statusOf())).toBe('42% · talk.mp3')
  expect(sessionTitle('talk.mp3', statusOf({ state: 'queued', stage: 'queued', progress: null }))).toBe(
    'Waiting · talk.mp3',
  )
  expect(sessionTitle('talk.mp3', statusOf({ state: 'completed', stage: 'completed', progress: 1 }))).toBe('talk.mp3')
})

test('announcements change at quarters and stages only', () => {
  const said = [0, 0.1, 0.24, 0.25, 0.3, 0.5, 0.76].map((progress) => announcement(statusOf({ progress })))
  expect([...new Set(said)]).toEqual([
    'Transcribing',
    'Transcribing, 25% done',
    'Transcribing, 50% done',
    'Transcribing, 75% done',
  ])
})
