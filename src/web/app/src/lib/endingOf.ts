/** With which of these endings, each with its dot, a file's name ends; empty for another one, and where nothing is before it. */
export function endingOf(name: string, endings: readonly string[]): string {
  return endings.find((ending) => name.length > ending.length && name.toLowerCase().endsWith(ending)) ?? ''
}
