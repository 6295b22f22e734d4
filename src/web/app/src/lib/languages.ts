import { formats } from '../strings/index.ts'

/** Offered by name; the service detects any other language by itself. */
const CODES = [
  'ar', 'zh', 'cs', 'da', 'nl', 'en', 'fi', 'fr', 'de', 'el', 'he', 'hi', 'hu', 'id', 'it', 'ja',
  'ko', 'no', 'pl', 'pt', 'ro', 'ru', 'es', 'sv', 'tr', 'uk', 'vi',
] as const

export const LANGUAGES = CODES.map((code) => ({ code, name: formats.language(code) })).toSorted((a, b) =>
  formats.compare(a.name, b.name),
)
