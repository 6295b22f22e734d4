import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { rolldown } from 'rolldown'
import { expect, test } from 'vitest'
import { LIMITS_KB } from './limits.ts'

const SRC = fileURLToPath(new URL('../src/', import.meta.url))

/** The size of an entry bundled, minified and compressed, without React and, for the others, without the core. */
async function sizeOf(entry: string): Promise<number> {
  const external = (id: string) => id === 'react' || (entry !== 'index.ts' && id.startsWith('../'))
  const bundle = await rolldown({ input: SRC + entry, external })
  const { output } = await bundle.generate({ minify: true })
  await bundle.close()
  return gzipSync(output[0].code, { level: 9 }).length
}

test.each(Object.entries(LIMITS_KB))('%s stays below %d KB', async (entry, limit) => {
  const size = (await sizeOf(entry)) / 1024
  expect(size).toBeGreaterThan(limit / 2)
  expect(size).toBeLessThanOrEqual(limit)
})
