import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { rolldown } from 'rolldown'
import { expect, test } from 'vitest'

const SRC = fileURLToPath(new URL('../src/', import.meta.url))

/** The size of an entry with what it takes of `@playhead/live`, minified and compressed, without React. */
async function sizeOf(code: string): Promise<number> {
  const bundle = await rolldown({
    input: 'entry',
    external: ['react'],
    resolve: { conditionNames: ['@playhead/source'] },
    plugins: [{ name: 'entry', resolveId: (id) => (id === 'entry' ? `${SRC}entry.js` : null), load: (id) => (id === `${SRC}entry.js` ? code : null) }],
  })
  const { output } = await bundle.generate({ minify: true })
  await bundle.close()
  return gzipSync(output[0].code, { level: 9 }).length
}

const CORE = `export * from './client.ts'; export * from './progress.ts'; export { browserEnv, isFollowed, isFinal } from '@playhead/live'`

// A higher limit needs a reason here: decision 0006 lists what each part weighs and what it mends.
// A tenth of a KB more since streams may go by a ticket to another origin, and ten bytes since a status may name its trace.
// 0.17 KB more since a session may be transcribed again: a revision of its text takes the place of another.
test('with @playhead/live the core stays below its limit', async () => {
  const size = await sizeOf(CORE)
  const limit = 12.28 * 1024
  expect(size).toBeGreaterThan(limit / 2)
  expect(size).toBeLessThanOrEqual(limit)
})

test('the hooks add less than their limit', async () => {
  const hooks = (await sizeOf(`${CORE}; export * from './react/index.ts'`)) - (await sizeOf(CORE))
  expect(hooks).toBeGreaterThan(0.75 * 1024)
  expect(hooks).toBeLessThanOrEqual(1.5 * 1024)
})
