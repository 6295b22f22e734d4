import { expect, test } from 'vitest'
import { filesOf } from '../soon.ts'

type Bundle = Parameters<typeof filesOf>[0]

function chunk(name: string, imports: readonly string[] = [], sheets: readonly string[] = [], isEntry = false) {
  const fileName = `${name}.js`
  const viteMetadata = { importedCss: new Set(sheets) }
  return { type: 'chunk', name, fileName, imports, isEntry, isDynamicEntry: !isEntry, viteMetadata }
}

const bundle = {
  'index.js': chunk('index', ['shared.js'], ['index.css'], true),
  'Home.js': chunk('Home', ['index.js', 'shared.js'], ['Home.css']),
  'Session.js': chunk('Session', ['index.js', 'shared.js']),
  'Admin.js': chunk('Admin'),
  'shared.js': chunk('shared', [], ['shared.css']),
} as unknown as Bundle

test('the files of a page are its own and those it imports, without the entry', () => {
  expect(filesOf(bundle, ['Home'])).toEqual(['Home.js', 'Home.css', 'shared.js', 'shared.css'])
})

test('what two pages share is named once', () => {
  expect(filesOf(bundle, ['Home', 'Session'])).toEqual(['Home.js', 'Home.css', 'shared.js', 'shared.css', 'Session.js'])
})

test('a page that the build does not have is a mistake', () => {
  expect(() => filesOf(bundle, ['Gone'])).toThrow('Gone')
})
