import { expect, test } from 'vitest'
import { clock, fileSize, percent, span, spanRange } from '../src/lib/format.ts'

test('a place in the audio', () => {
  expect([0, 59.9, 252, 3_852].map(clock)).toEqual(['0:00', '0:59', '4:12', '1:04:12'])
})

test('a length of time, as one would say it', () => {
  expect([0.2, 45, 89, 95, 3_570, 4_800, 7_200].map(span)).toEqual(['1 s', '45 s', '89 s', '2 min', '1 h', '1 h 20 min', '2 h'])
})

test('a range names its unit once, and is one value where both ends say the same', () => {
  expect(spanRange([41, 58])).toBe('41–58 s')
  expect(spanRange([80, 130])).toBe('80 s – 2 min')
  expect(spanRange([120, 125])).toBe('about 2 min')
})

test('a share is never rounded up to the whole', () => {
  expect([0, 0.42, 0.999, 1].map(percent)).toEqual(['0 %', '42 %', '99 %', '100 %'])
})

test('a file size in the unit that fits', () => {
  expect(fileSize(14_200_000)).toMatch(/14[.,]2/)
  expect(fileSize(0)).toMatch(/^0/)
})
