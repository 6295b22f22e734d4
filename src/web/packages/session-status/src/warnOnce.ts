const warned = new Set<string>()

/** Warns on the console, once for each name, that it was replaced. */
export function warnOnce(name: string, by: string): void {
  if (warned.has(name)) return
  warned.add(name)
  // oxlint-disable-next-line no-console -- for the developers who use the old name
  console.warn(`@playhead/session-status: ${name} will be removed in the next release. Use ${by}.`)
}
