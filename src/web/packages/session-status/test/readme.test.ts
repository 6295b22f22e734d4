import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8')
const README = read('../README.md')

test.each(['session.tsx', 'session.test.tsx'])('the README shows %s as it is tested', (name) => {
  expect(README).toContain(`\`\`\`tsx\n${read(`readme/${name}`)}\`\`\``)
})

test('the README names all hooks and has no relative links', async () => {
  const hooks = Object.keys(await import('../src/react/index.ts')).filter((name) => name.startsWith('use'))
  for (const hook of hooks) expect(README, hook).toContain(`\`${hook}`)
  expect(README.match(/\]\((?!https:)/g)).toBeNull()
})
