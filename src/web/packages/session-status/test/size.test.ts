import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { rolldown } from 'rolldown'
import { expect, test } from 'vitest'

const SRC = fileURLToPath(new URL('../src/', import.meta.url))

/** What an entry adds to a page: bundled, minified, compressed; without React, and without the core it stands on. */
async function sizeOf(entry: string): Promise<number> {
  const isCore = entry === 'index.ts'
  const external = (id: string) => id === 'react' || (!isCore && id.startsWith('../'))
  const bundle = await rolldown({ input: SRC + entry, external })
  const { output } = await bundle.generate({ minify: true })
  await bundle.close()
  return gzipSync(output[0].code, { level: 9 }).length
}

// They may shrink. Whoever wants them to grow says here what for: the half kilobyte above eight is for what is held against
// a stream (nothing that a server which was away as a whole has broken), for listeners that throw, and for bounds of numbers.
// Of the next 1,550 bytes, 1,250 are for how late events come and for the poll beside a silent or late stream, 140 for stalls
// that come back after a while, 110 for polls that are too often, 60 for a stream that gave its place to a newer one; then 10 for the body of a 304, which a browser calls aborted if unread.
test.each([
  ['index.ts', 10.25 * 1024],
  ['react/index.ts', 1.5 * 1024],
])('%s stays below %i bytes', async (entry, limit) => {
  const size = await sizeOf(entry)
  expect(size).toBeGreaterThan(limit / 2)
  expect(size).toBeLessThanOrEqual(limit)
})
