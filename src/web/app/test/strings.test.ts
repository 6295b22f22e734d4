import { afterAll, beforeEach, expect, test, vi } from 'vitest'

// The catalogue is chosen as the module is loaded; other tests have loaded it before, and want their own after.
beforeEach(() => void vi.resetModules())
afterAll(() => void vi.resetModules())

async function readBy(...languages: readonly string[]) {
  vi.stubGlobal('navigator', { ...navigator, languages })
  return import('../src/strings/index.ts')
}

test('the page speaks the first of the reader’s languages that it can, as it is written where they are', async () => {
  expect((await readBy('fr-FR', 'en-GB', 'en')).locale).toBe('en-GB')
})

test('who reads none of its languages is spoken to in English', async () => {
  const { locale, strings } = await readBy('xx')
  expect(locale).toBe('en')
  expect(strings.common.loading).toBe('Loading…')
})

test('every stage has a name and a detail', async () => {
  const { strings } = await readBy('en')
  const stages = ['uploading', 'queued', 'decoding', 'loading_model', 'transcribing', 'retrying', 'finalizing', 'completed', 'failed', 'canceled']
  expect(Object.keys(strings.details).toSorted()).toEqual(stages.toSorted())
  expect(Object.keys(strings.stages).toSorted()).toEqual(stages.toSorted())
})
