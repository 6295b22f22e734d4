import type { Plugin } from 'vite'
import { formatsFor } from './src/lib/format.ts'
import { en } from './src/strings/en.ts'

/** The only language that a page without scripts can speak: nothing knows the reader's before it runs. */
const words: Readonly<Record<string, unknown>> = en(formatsFor('en')).layout

/** Puts the catalogue's words where `index.html` says `{{word}}`. */
export function fillIn(html: string): string {
  return html.replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => {
    const word = words[name]
    if (typeof word !== 'string') throw new Error(`The catalogue has no ${name}`)
    return word.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
  })
}

/** So that `index.html` has no words of its own either. */
export function wordsOfTheCatalogue(): Plugin {
  return { name: 'words-of-the-catalogue', transformIndexHtml: { order: 'pre', handler: fillIn } }
}
