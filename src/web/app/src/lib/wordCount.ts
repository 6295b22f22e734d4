import type { Segment } from '@playhead/session-status'

/** Languages written without spaces between words, by ISO 639-1. */
const UNSPACED: ReadonlySet<string> = new Set(['zh', 'ja', 'th', 'lo', 'km', 'my', 'bo', 'yue'])

/** Counts the words of a transcript as its language divides them: at spaces, or by the browser's dictionary. */
export function wordCount(segments: readonly Segment[], language: string | null): number {
  const text = segments.map((segment) => segment.text).join(' ')
  if (language === null || !UNSPACED.has(language) || !('Segmenter' in Intl)) return text.match(/\S+/gu)?.length ?? 0
  let count = 0
  for (const { isWordLike } of new Intl.Segmenter(language, { granularity: 'word' }).segment(text)) {
    if (isWordLike) count++
  }
  return count
}
