// @vitest-environment jsdom
import { readFileSync } from 'node:fs'
import { act, cleanup, render, screen } from '@testing-library/react'
import { afterEach, expect, test } from 'vitest'
import * as live from '../src/index.ts'
import * as react from '../src/react/index.ts'
import * as testing from '../src/testing/index.ts'
import { FRAME, ON } from './follow.ts'
import { LIMITS_KB } from './limits.ts'
import { LiveBar } from './readme/bar.tsx'
import { showJob } from './readme/page.ts'

afterEach(cleanup)

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8')
const README = read('../README.md')

test.each(['bar.tsx', 'bar.test.tsx', 'page.ts'])('the README shows %s as it is tested', (name) => {
  expect(README).toContain(`\`\`\`${name.split('.').at(-1)}\n${read(`readme/${name}`)}\`\`\``)
})

test('the bar of the README has at most ten lines', () => {
  const [, code = ''] = /```tsx\n(.*?)```/s.exec(README) ?? []
  const lines = code.split('\n').filter((line) => line.trim() !== '')
  expect(code).toContain('useJobStatus<Stage, ')
  expect(lines.length).toBeLessThanOrEqual(10)
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(120)
})

test('the README names all that the entries export, and has no relative links', () => {
  for (const name of [live, react, testing].flatMap((entry) => Object.keys(entry))) expect(README, name).toContain(`\`${name}`)
  for (const entry of Object.keys(JSON.parse(read('../package.json')).exports)) {
    expect(README).toContain(`\`@playhead/live${entry.slice(1)}\``)
  }
  expect(README.match(/\]\((?!https:)/g)).toBeNull()
})

test('the README has the sizes that are tested', () => {
  for (const [entry, limit] of Object.entries(LIMITS_KB)) expect(README, entry).toContain(`${limit} KB`)
})

/** The bar of the README, following job `j1`. */
function bar(world = new testing.World()) {
  const client = live.createLiveClient({ env: world.env })
  const stages = { reading: 'Reading', importing: 'Importing' }
  render(<react.LiveProvider client={client}><LiveBar id="j1" stages={stages} /></react.LiveProvider>)
  const advance = (ms: number) => act(() => world.advance(ms))
  return { world, advance, value: () => screen.getByRole('progressbar').getAttribute('value') }
}

test('the bar shows own stages and data, and that it loads or reconnects', async () => {
  const { world, advance, value } = bar()
  expect(screen.getByText('Loading…')).toBeTruthy()
  world.stream.emit('status', testing.jobOf({ version: 1, stage: 'reading', progress: null }))
  await advance(FRAME)
  expect(screen.getByText('Reading')).toBeTruthy()
  expect(value()).toBeNull()
  world.stream.emit('status', testing.jobOf({ version: 2, progress: 0.5, data: { rejected: 7 } }))
  await advance(FRAME)
  expect(screen.getByText('Importing 7 rejected')).toBeTruthy()
  expect(value()).toBe('0.5')
  world.stream.drop()
  await advance(FRAME)
  expect(screen.getByText('Reconnecting… 7 rejected')).toBeTruthy()
  await act(() => world.request.respond(200, testing.completedJob({ message: 'All rows are in.' }), ON))
  expect(screen.getByText('All rows are in.')).toBeTruthy()
  expect(value()).toBe('1')
})

test('the bar shows why a job failed', async () => {
  const { world, advance } = bar()
  const error = { code: 'no_table', message: 'The file has no table.', retryable: false, debug_id: 'd1' }
  world.stream.emit('status', testing.completedJob({ state: 'failed', stage: 'failed', error }))
  await advance(FRAME)
  expect(screen.getByRole('alert').textContent).toBe('The file has no table.')
})

test('the bar offers to try again where the server refuses', async () => {
  const { world, advance } = bar()
  world.stream.respond(404)
  await advance(0)
  await act(() => world.request.respond(404))
  act(() => screen.getByRole('button', { name: /Try again/ }).click())
  expect(screen.getByText('Loading…')).toBeTruthy()
})

test('a page without React shows a job until it is stopped', async () => {
  const world = new testing.World()
  const [progress, text] = [document.createElement('progress'), document.createElement('p')]
  const stop = showJob('j1', progress, text, live.createLiveClient({ env: world.env }))
  await world.advance(0)
  expect([text.textContent, progress.hasAttribute('value')]).toEqual(['Loading…', false])
  world.stream.emit('status', testing.jobOf({ progress: 0.25, message: 'A quarter of it' }))
  await world.advance(FRAME)
  expect([text.textContent, progress.value]).toEqual(['A quarter of it', 0.25])
  world.stream.drop()
  await world.advance(FRAME)
  expect(text.textContent).toBe('Reconnecting…')
  stop()
  await world.advance(1_500)
  expect(world.pending).toBe(0)
})
