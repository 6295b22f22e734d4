import { expect, onTestFinished, test } from 'vitest'
import { statusSentence } from '../src/lib/stages.ts'
import { strings } from '../src/strings/index.ts'
import { statusOf } from './status.ts'

const said = (changes: Parameters<typeof statusOf>[0]) => statusSentence(statusOf({ message: 'from the server', ...changes }))

test('a sentence is made from the numbers of the status', () => {
  expect(said({ stage: 'queued', queue_position: 3, eta_s: 130 })).toBe('Waiting: 2 sessions ahead, about 2\u{A0}min in all')
  expect(said({ stage: 'queued', queue_position: 1, eta_s: null })).toBe('Next in line')
  expect(said({ stage: 'transcribing', position_s: 252, duration_s: 600, eta_s: 34 })).toBe(
    'Transcribing: 4:12 of 10:00, about 35\u{A0}s left',
  )
  expect(said({ stage: 'retrying', attempt: 1, position_s: 252, retry_in_s: 0 })).toBe(
    'Interrupted: attempt 2 goes on from 4:12 as soon as a worker is free',
  )
  expect(said({ stage: 'completed', duration_s: 600, segments: 1 })).toBe('Done: 10:00 of audio, 1 line')
})

test('of a stage the page does not know, the server has the word', () => {
  expect(said({ stage: 'diarizing' })).toBe('from the server')
})

test('of a failure, the server has the word', () => {
  expect(said({ stage: 'failed', state: 'failed' })).toBe('from the server')
})

test('in the list as well, a failure is told in the words of the catalogue, if it has some', () => {
  const error = { code: 'gave_up', message: 'from the server', retryable: true, debug_id: 'd1' }
  const failed = statusOf({ stage: 'failed', state: 'failed', error })
  expect(strings.list.detail(failed)).toBe('from the server')
  const failures: Record<string, string> = strings.failures
  failures['gave_up'] = 'from the catalogue'
  onTestFinished(() => void delete failures['gave_up'])
  expect(strings.list.detail(failed)).toBe('from the catalogue')
})
