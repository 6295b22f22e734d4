import { cleanup, render, screen } from '@testing-library/react'
import { completed } from '@playhead/session-status/testing'
import { expect, test } from 'vitest'
import { Steps } from '../src/components/Steps.tsx'
import { stepsDone } from '../src/lib/steps.ts'
import { statusOf } from './status.ts'

const looks = () => screen.getAllByRole('listitem').map((item) => item.dataset['look'])

test('every stage is one of the steps', () => {
  const stages = ['uploading', 'queued', 'decoding', 'loading_model', 'transcribing', 'finalizing', 'completed']
  expect(stages.map((stage) => stepsDone(statusOf({ stage })))).toEqual([0, 1, 2, 2, 3, 4, 5])
})

test('what ended early, or is to be tried again, stays at the step it had come to', () => {
  const ended = { state: 'failed', stage: 'failed' } as const
  expect(stepsDone(statusOf({ ...ended, attempt: 0, progress: null }))).toBe(1)
  expect(stepsDone(statusOf({ ...ended, progress: null }))).toBe(2)
  expect(stepsDone(statusOf({ ...ended, progress: 0 }))).toBe(3)
  expect(stepsDone(statusOf({ ...ended, progress: 0.4 }))).toBe(3)
  expect(stepsDone(statusOf({ stage: 'retrying', progress: 0.4 }))).toBe(3)
})

test('one step is under way, and none when it is over', () => {
  render(<Steps status={statusOf()} />)
  expect(looks()).toEqual(['done', 'done', 'done', 'here', 'ahead'])
  cleanup()
  render(<Steps status={completed()} />)
  expect(looks()).toEqual(['done', 'done', 'done', 'done', 'done'])
  cleanup()
  render(<Steps status={statusOf({ state: 'canceled', stage: 'canceled' })} />)
  expect(looks()).toEqual(['done', 'done', 'done', 'ended', 'ahead'])
})

test('what is done is told of in the past, beginning with the upload', () => {
  render(<Steps status={statusOf()} />)
  expect(screen.getAllByRole('listitem').map(({ textContent }) => textContent)).toEqual([
    'Uploadeddone',
    'Queueddone',
    'Prepareddone',
    'Transcribeunder way',
    'Finish',
  ])
})
