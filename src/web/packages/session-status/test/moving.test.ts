import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8')
const MOVING = read('../../live/MOVING.md')

test.each(['deprecated.ts', 'react/deprecated.ts', 'testing/deprecated.ts'])('MOVING.md lists every name of %s', (file) => {
  const names = [...read(`../src/${file}`).matchAll(/^export (?:const|function|type) (\w+)/gm)].map(([, name]) => name)
  expect(names.length).toBeGreaterThan(1)
  for (const name of names) expect(MOVING, name).toMatch(new RegExp(`\`${name}[(\`]`))
})

test('MOVING.md names the successor of each hook', async () => {
  for (const name of Object.keys(await import('../src/react/index.ts'))) expect(MOVING).toContain(`\`${name}`)
})
