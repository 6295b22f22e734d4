import { expect, test } from 'vitest'
import { fillIn } from '../html.ts'
import source from '../index.html?raw'

/** What a person could read in it: text, and the sentence that search engines show. */
function wordsIn(html: string): readonly string[] {
  const text = html.replaceAll(/<[^>]*>/g, '\n').split('\n')
  const described = /name="description" content="([^"]*)"/.exec(html)?.[1] ?? ''
  return [...text, described].map((word) => word.trim()).filter((word) => word !== '')
}

test('index.html has no words but those of the catalogue', () => {
  expect(wordsIn(source)).not.toEqual([])
  expect(wordsIn(source).filter((word) => !/^\{\{\w+\}\}$/.test(word))).toEqual([])
  expect(wordsIn(fillIn(source))).toEqual([
    'Playhead',
    'Playhead needs JavaScript. Turn it on in your browser, then reload this page.',
    'Playhead turns audio into text and lets you watch it happen.',
  ])
})

test('a word that the catalogue does not have is a mistake', () => {
  expect(() => fillIn('{{nothing}}')).toThrow('nothing')
})
