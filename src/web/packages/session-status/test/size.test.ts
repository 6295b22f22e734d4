import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { rolldown } from 'rolldown'
import { expect, test } from 'vitest'

const SRC = fileURLToPath(new URL('../src/', import.meta.url))

/** What an entry adds to a page: bundled, minified, compressed; without React, and without the core it stands on. */
async function sizeOf(entry: string): Promise<number> {
  const bundle = await rolldown({ input: SRC + entry, external: (id) => id === 'react' || id.startsWith('../') })
  const { output } = await bundle.generate({ minify: true })
  await bundle.close()
  return gzipSync(output[0].code, { level: 9 }).length
}

// They may shrink. Whoever wants them to grow says here what for.
test.each([
  ['index.ts', 8 * 1024],
  ['react/index.ts', 1.5 * 1024],
])('%s stays below %i bytes', async (entry, limit) => {
  const size = await sizeOf(entry)
  expect(size).toBeGreaterThan(limit / 2)
  expect(size).toBeLessThanOrEqual(limit)
})
