import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { rolldown } from 'rolldown'
import { expect, test } from 'vitest'

const SRC = fileURLToPath(new URL('../src/', import.meta.url))

/** The size of an entry bundled, minified and compressed, without React and, for the others, without the core. */
async function sizeOf(entry: string): Promise<number> {
  const external = (id: string) => id === 'react' || (entry !== 'index.ts' && id.startsWith('../'))
  const bundle = await rolldown({ input: SRC + entry, external })
  const { output } = await bundle.generate({ minify: true })
  await bundle.close()
  return gzipSync(output[0].code, { level: 9 }).length
}

// A higher limit needs a reason here: decision 0006 lists what each part weighs and what it mends.
test.each([
  ['index.ts', 10.5 * 1024],
  // Loaded only by those who give `headers`.
  ['fetch.ts', 1024],
  ['react/index.ts', 1.25 * 1024],
])('%s stays below %i bytes', async (entry, limit) => {
  const size = await sizeOf(entry)
  expect(size).toBeGreaterThan(limit / 2)
  expect(size).toBeLessThanOrEqual(limit)
})
