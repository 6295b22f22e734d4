/** Offered by name; the service detects any other language by itself. */
const CODES = [
  'ar', 'zh', 'cs', 'da', 'nl', 'en', 'fi', 'fr', 'de', 'el', 'he', 'hi', 'hu', 'id', 'it', 'ja',
  'ko', 'no', 'pl', 'pt', 'ro', 'ru', 'es', 'sv', 'tr', 'uk', 'vi',
] as const

const names = new Intl.DisplayNames(['en'], { type: 'language' })

/** The English name of a language code, or the code where there is none. */
export function languageName(code: string): string {
  try {
    return names.of(code) ?? code
  } catch {
    return code
  }
}

export const LANGUAGES = CODES.map((code) => ({ code, name: languageName(code) })).toSorted((a, b) =>
  a.name.localeCompare(b.name, 'en'),
)
