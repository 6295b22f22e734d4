import { expect, onTestFinished, test } from 'vitest'
import { stageDetail } from '../src/lib/stages.ts'
import { strings } from '../src/strings/index.ts'
import { statusOf } from './status.ts'

const said = (changes: Parameters<typeof statusOf>[0]) => stageDetail(statusOf({ message: 'from the server', ...changes }))

test('the detail of a stage is made from the numbers of the status', () => {
  expect(said({ stage: 'queued', queue_position: 3, eta_s: 130 })).toBe('2 sessions ahead, about 2\u{A0}min in all')
  expect(said({ stage: 'queued', queue_position: 1, eta_s: null })).toBe('next in line')
  expect(said({ stage: 'transcribing', position_s: 252, duration_s: 600, eta_s: 34 })).toBe('4:12 of 10:00, about 35\u{A0}s left')
  expect(said({ stage: 'retrying', attempt: 1, position_s: 252, retry_in_s: 0 })).toBe('attempt 2 goes on from 4:12 as soon as a worker is free')
  expect(said({ stage: 'finalizing', segments: 1 })).toBe('1 line')
  expect(said({ stage: 'decoding' })).toBeUndefined()
})

test('of a stage the page does not know, the server has the word', () => {
  expect(said({ stage: 'diarizing' })).toBe('from the server')
})

test.each([
  [2, 238, '10:00 · 238 words'],
  [2, undefined, '10:00'],
  [0, 0, '10:00 · no speech found'],
])('of a completed session with %i lines and %s words it is %s', (segments, words, detail) => {
  expect(stageDetail(statusOf({ state: 'completed', stage: 'completed', segments }), words)).toBe(detail)
})

test.each([
  ['failed', 1, 'earlier text kept · It was tried three times.'],
  ['failed', undefined, 'It was tried three times.'],
  ['canceled', 1, 'earlier text kept'],
  ['canceled', undefined, undefined],
] as const)('a row of the list says what is left: %s, next revision %s', (state, next_revision, detail) => {
  const error = state === 'failed' ? { code: 'gave_up', message: 'It was tried three times.', retryable: true, debug_id: 'd1' } : null
  expect(strings.list.detail(statusOf({ state, stage: state, error, next_revision }))).toBe(detail)
})

test('a failure is in the words of the catalogue, or else of the server', () => {
  const error = { code: 'gave_up', message: 'from the server', retryable: true, debug_id: 'd1' }
  const failed = statusOf({ stage: 'failed', state: 'failed', error })
  expect([stageDetail(failed), strings.list.detail(failed)]).toEqual(['from the server', 'from the server'])
  const failures: Record<string, string> = strings.failures
  failures['gave_up'] = 'from the catalogue'
  onTestFinished(() => void delete failures['gave_up'])
  expect([stageDetail(failed), strings.list.detail(failed)]).toEqual(['from the catalogue', 'from the catalogue'])
})
