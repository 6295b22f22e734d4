import { expect, test } from 'vitest'
import { filesOf } from '../src/lib/dropped.ts'
import { dropOf, folder, locked } from './drop.ts'

const file = (name: string, type = '') => new File(['a'], name, { type })
const many = <T,>(count: number, make: (n: number) => T) => Array.from({ length: count }, (_, n) => make(n))

/** A file that begins with these bytes; jsdom reads none. */
const holding = (bytes: readonly number[], name: string, type = '') =>
  Object.assign(file(name, type), { slice: () => ({ arrayBuffer: () => Promise.resolve(Uint8Array.from(bytes).buffer) }) })

/** The names of what is taken, and of what is not the reason. */
async function taken(...dropped: Parameters<typeof dropOf>) {
  const files = await filesOf(dropOf(...dropped).items)
  return files.map((one) => (one instanceof File ? one.name : one.error.message))
}

test('of a folder the recordings are taken, by name, each folder in it in its place', async () => {
  const inside = folder('Chapter 10', file('b.OPUS'), file('a.flac'))
  const book = folder('Book', inside, file('cover.jpg'), file('Epilogue.mp3'), file('Chapter 9.mp3'))
  expect(await taken(book)).toEqual(['Chapter 9.mp3', 'a.flac', 'b.OPUS', 'Epilogue.mp3'])
})

test('by its type or its name a file is a recording; a playlist and what is hidden are not', async () => {
  const memos = folder('Memos', file('voice.amr', 'audio/amr'), file('all.m3u', 'audio/x-mpegurl'), file('._voice.mp3'), folder('.git', file('a.mp3')))
  expect(await taken(memos)).toEqual(['voice.amr'])
})

test('a source is no recording, though its ending is that of a video', async () => {
  const [text, packet] = [[0x65, 0x78, 0x70, 0x6f, 0x72, 0x74], [0x47, 0x40, 0x11, 0x10, 0, 0x42]]
  const sources = [holding(text, 'app.TS', 'video/mp2t'), holding(text, 'board.dts'), holding(text, 'server.mts')]
  expect(await taken(folder('project', ...sources, holding(packet, 'tv.ts')))).toEqual(['tv.ts'])
  expect(await taken(file('app.ts'))).toEqual(['app.ts'])
})

test('a file that is dropped by itself is taken whatever it is', async () => {
  expect(await taken(file('notes.txt'), folder('Memos', file('a.mp3')))).toEqual(['notes.txt', 'a.mp3'])
})

test('a folder is read to its end, however few the browser tells of at a time', async () => {
  expect(await taken(folder('Memos', ...many(7, (n) => file(`${n}.mp3`))))).toHaveLength(7)
})

test('a folder of which nothing is taken has a reason', async () => {
  const shelf = () => folder('shelf', ...many(99, (n) => file(`${n}.mp3`)))
  expect(await taken(folder('Pictures', file('a.jpg'), folder('Empty')))).toEqual(['No audio or video in this folder.'])
  expect(await taken(folder('Gone', 'unreadable'))).toEqual([expect.stringMatching(/could not be read/)])
  expect(await taken(folder('Library', ...many(10, shelf)))).toHaveLength(990)
  expect(await taken(folder('Disk', ...many(11, shelf)))).toEqual(['More than 1,000 files in this folder. Drop its subfolders one at a time.'])
})

test('what cannot be read is told of, and does not keep the others', async () => {
  const memos = folder('Memos', file('a.mp3'), locked('b.mp3'), locked('cover.jpg'), folder('Closed', 'unreadable'), file('d.mp3'))
  const files = await filesOf(dropOf(memos).items)
  expect(files.map((one) => [one.name, one instanceof File])).toEqual([['a.mp3', true], ['b.mp3', false], ['Closed', false], ['d.mp3', true]])
})
