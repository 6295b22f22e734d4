import { readFileSync, readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { type LiveDocument, isFinal, isNewer, parseJob } from '../src/index.ts'
import { completedJob, jobOf } from '../src/testing/index.ts'

type Given = Pick<LiveDocument, 'version' | 'state'>

interface Case {
  readonly case: string
  readonly held: Given | null
  readonly given: Given
  readonly newer: boolean
}

// The table is shared with the server's tests.
const CASES: readonly Case[] = JSON.parse(readFileSync(new URL('../../../../../tests/data/newer.json', import.meta.url), 'utf8'))

test.each(CASES)('newer: $case', ({ held, given, newer }) => {
  expect(isNewer(given, held)).toBe(newer)
  if (held === null) expect(isNewer(given, undefined)).toBe(newer)
})

// The examples are shared with the server's tests, too.
const WIRE = new URL('../../../../../tests/contract/wire/', import.meta.url)
const EXAMPLES = readdirSync(WIRE).filter((name) => name.startsWith('job.'))

test.each(EXAMPLES)('%s of the contract', (name) => {
  const job = JSON.parse(readFileSync(new URL(name, WIRE), 'utf8'))
  expect(parseJob(job)).toEqual(job)
})

test('a job has the fields of the contract, and unknown ones are dropped', () => {
  const job = jobOf({ data: { rejected: 3 }, error: { code: 'c', message: 'm', retryable: true, debug_id: 'd' } })
  expect(parseJob({ ...job, mood: 'good' })).toEqual(job)
})

test('fields that may be null may be absent', () => {
  const { progress: _1, eta_s: _2, queue_position: _3, error: _4, data: _5, ...rest } = jobOf()
  expect(parseJob(rest)).toEqual(jobOf({ progress: null, eta_s: null }))
})

test.each<[string, object]>([
  ['no id', { id: undefined }],
  ['a version that is no integer', { version: 1.5 }],
  ['a version beyond 2^53', { version: 2 ** 53 }],
  ['an unknown state', { state: 'uploading' }],
  ['a stage that is no text', { stage: 3 }],
  ['a progress that is text', { progress: '0.5' }],
  ['an error that is text', { error: 'oh' }],
  ['data that is text', { data: 'oh' }],
  ['data that is a list', { data: [1] }],
])('a job with %s has the wrong shape', (_name, changes) => {
  expect(() => parseJob({ ...jobOf(), ...changes })).toThrow(TypeError)
})

test('three states are final', () => {
  const states = ['queued', 'processing', 'completed', 'failed', 'canceled']
  expect(states.filter((state) => isFinal({ state }))).toEqual(['completed', 'failed', 'canceled'])
  expect(isFinal(completedJob())).toBe(true)
})
