import { expect, test } from 'vitest'
import { endingOf } from '../src/lib/endingOf.ts'
import { ENDINGS } from '../src/lib/endings.ts'

test.each([
  ['talk.mp3', '.mp3'],
  ['Talk.M2TS', '.M2TS'],
  ['Meeting 2026.11.28', ''],
  ['Meeting 2026.11.28.m4a', '.m4a'],
  ['می\u200cخواهم.mp3', '.mp3'],
  ['.mp3', ''],
])('of %j the ending is %j', (name, ending) => {
  expect(endingOf(name, ENDINGS)).toBe(ending.toLowerCase())
})
