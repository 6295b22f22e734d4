import { type Formats, formatsFor } from '../lib/format.ts'
import { en } from './en.ts'

/** Everything the page says, in one language. Another one is a file of this type, and a line in `CATALOGUES`. */
export type Strings = ReturnType<typeof en>

/** By language; the first is for those whose language is not here. */
const CATALOGUES = { en } as const

/** A locale of the reader's for which there is a catalogue, with their region: it decides how a date is written. */
function localeOf(wanted: readonly string[]): string {
  return wanted.find((tag) => languageOf(tag) in CATALOGUES) ?? 'en'
}

function languageOf(locale: string): keyof typeof CATALOGUES {
  return locale.split('-', 1)[0] as keyof typeof CATALOGUES
}

/** The locale of this reader, such as `en-GB`. It is the `lang` of the page. */
export const locale = localeOf(navigator.languages)

/** How this reader's locale writes numbers, dates and names. */
export const formats = formatsFor(locale)

/** What the page says to this reader. Chosen once: a browser whose language was changed is asked at the next load. */
export const strings: Strings = inTheirLanguage(CATALOGUES)

/** The words of one of these catalogues: for pages that bring their own, so that nobody else reads them. */
export function inTheirLanguage<T>(catalogues: Readonly<Record<keyof typeof CATALOGUES, (formats: Formats) => T>>): T {
  return catalogues[languageOf(locale)](formats)
}
