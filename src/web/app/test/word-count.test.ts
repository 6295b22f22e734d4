import { expect, test } from 'vitest'
import { wordCount } from '../src/lib/wordCount.ts'

const said = (...texts: string[]) => texts.map((text, index) => ({ index, start_s: index, end_s: index + 1, text }))

test('words are counted across lines, at spaces', () => {
  expect(wordCount(said(' And so, my fellow', ' Americans: ask not '), 'en')).toBe(7)
  expect(wordCount([], null)).toBe(0)
})

test('a language without spaces is divided by the browser', () => {
  expect(wordCount(said('私は本を読みます'), 'ja')).toBeGreaterThan(3)
})
