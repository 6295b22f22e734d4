import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { rolldown } from 'rolldown'
import { expect, test } from 'vitest'

const SRC = fileURLToPath(new URL('../src/', import.meta.url))

/** The size of an entry bundled, minified and compressed, without React and, for the hooks, without the core. */
async function sizeOf(entry: string): Promise<number> {
  const isCore = entry === 'index.ts'
  const external = (id: string) => id === 'react' || (!isCore && id.startsWith('../'))
  const bundle = await rolldown({ input: SRC + entry, external })
  const { output } = await bundle.generate({ minify: true })
  await bundle.close()
  return gzipSync(output[0].code, { level: 9 }).length
}

// A higher limit needs a reason here. The half kilobyte above eight is for the failure counts of a stream (an outage of the
// whole server does not count), for listeners that throw, and for bounds of numbers. Of the next 1,550 bytes, 1,250 are for
// the lag of events and the poll beside a silent or late stream, 140 for stalls that come back after a while, 110 for 429s,
// 60 for a stream that was replaced by a newer one; then 10 for the body of a 304, which a browser lists as aborted if unread.
test.each([
  ['index.ts', 10.25 * 1024],
  ['react/index.ts', 1.5 * 1024],
])('%s stays below %i bytes', async (entry, limit) => {
  const size = await sizeOf(entry)
  expect(size).toBeGreaterThan(limit / 2)
  expect(size).toBeLessThanOrEqual(limit)
})
