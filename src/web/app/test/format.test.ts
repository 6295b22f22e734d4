import { expect, test } from 'vitest'
import { formatsFor } from '../src/lib/format.ts'

/** Written with plain spaces, to be read. */
const plain = (text: string) => text.replaceAll('\u{A0}', ' ')

const { clock, fileSize, milliseconds, moment, percent, plural, roughly, span } = formatsFor('en')

test('a place in the audio', () => {
  expect([0, 59.9, 252, 3_852].map(clock)).toEqual(['0:00', '0:59', '4:12', '1:04:12'])
})

test('a length of time, as one would say it', () => {
  expect([0.2, 45, 89, 95, 3_570, 4_800, 7_200].map(span).map(plain)).toEqual([
    '1 s', '45 s', '89 s', '2 min', '1 h', '1 h 20 min', '2 h',
  ])
})

test('what is only guessed is coarser the longer it is', () => {
  expect([0.2, 7.4, 33, 53, 58, 200, 4_900].map(roughly).map(plain)).toEqual([
    '1 s', '7 s', '35 s', '55 s', '1 min', '3 min', '1 h 20 min',
  ])
})

test('every language has units of its own', () => {
  expect([45, 4_800].map(formatsFor('de').span).map(plain)).toEqual(['45 Sek.', '1 Std., 20 Min.'])
})

test('English has the same units in every region', () => {
  expect(['en-GB', 'en-AU', 'en-IN'].map((locale) => plain(formatsFor(locale).span(7_320)))).toEqual(Array(3).fill('2 h 2 min'))
})

test('a number is never on another line than its unit', () => {
  expect(span(4_800)).toBe('1\u{A0}h 20\u{A0}min')
  expect(milliseconds(250)).toBe('250\u{A0}ms')
  expect(fileSize(14_200_000)).toBe('14.2\u{A0}MB')
  expect(formatsFor('de').span(45)).toBe('45\u{A0}Sek.')
})

test('a share is never rounded up to the whole', () => {
  expect([0, 0.42, 0.999, 1].map(percent)).toEqual(['0%', '42%', '99%', '100%'])
  expect([0.29, 0.57, 0.58].map(percent)).toEqual(['29%', '57%', '58%'])
})

test('a file size in the unit that fits', () => {
  expect([0, 99, 999_000, 999_001, 14_200_000, 999_950_000].map(fileSize).map(plain)).toEqual(['0 kB', '1 kB', '999 kB', '1 MB', '14.2 MB', '1 GB'])
})

test('a language has the plurals and the marks of its own', () => {
  const forms = { one: 'session', other: 'sessions' }
  expect([0, 1, 2_000].map((n) => plural(n, forms))).toEqual(['0 sessions', '1 session', '2,000 sessions'])
  const czech = formatsFor('cs')
  expect([1, 3, 8].map((n) => czech.plural(n, { one: 'nahrávka', few: 'nahrávky', other: 'nahrávek' }))).toEqual([
    '1 nahrávka',
    '3 nahrávky',
    '8 nahrávek',
  ])
  expect(formatsFor('de').decimal(7.3)).toBe('7,3')
})

test('a date says no more than is needed to tell when', () => {
  const now = new Date(2026, 10, 23, 18, 0)
  expect(moment(new Date(2026, 10, 23, 16, 20).toISOString(), now)).toMatch(/^today, 4:20.PM$/)
  expect(formatsFor('en-GB').moment(new Date(2026, 10, 22, 9, 5).toISOString(), now)).toBe('yesterday, 09:05')
  expect(moment(new Date(2026, 2, 3).toISOString(), now)).toBe('Mar 3')
  expect(formatsFor('en-GB').moment(new Date(2025, 2, 3).toISOString(), now)).toBe('3 Mar 2025')
})
