import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parseStatus } from '../src/index.ts'

const example = (name: string): unknown => JSON.parse(readFileSync(new URL(`../../../../../tests/contract/wire/status.${name}.json`, import.meta.url), 'utf8'))

test('the trace of a status is kept, for the reports', () => {
  expect(parseStatus(example('traced')).trace_id).toBe('4bf92f3577b34da6a3ce929d0e0e4736')
})

test('a status without a trace has none', () => {
  expect(parseStatus(example('decoding')).trace_id).toBeNull()
})

test('a status names the revision that is served, and the one that is written', () => {
  const { revision, next_revision, warnings } = parseStatus(example('again'))
  expect([revision, next_revision, warnings?.[0]?.code]).toEqual([0, 1, 'other_tracks'])
})
