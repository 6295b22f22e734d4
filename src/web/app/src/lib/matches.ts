/** Whether a name has all the words of a search in it, whatever their case, accents and order. */
export function matches(name: string, query: string): boolean {
  const plain = fold(name)
  return fold(query)
    .split(/\s+/)
    .every((word) => plain.includes(word))
}

function fold(text: string): string {
  return text.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLocaleLowerCase()
}
