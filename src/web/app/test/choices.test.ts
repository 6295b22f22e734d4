import { expect, test } from 'vitest'
import type { Session, Track } from '../src/api/types.ts'
import { choiceOf, filledFrom, hasChannels, hasTracks, mayAgain, otherTrack } from '../src/lib/again.ts'
import { copiedText } from '../src/lib/copiedText.ts'
import { SESSION } from './page.ts'
import { statusOf } from './status.ts'

const MODELS = ['base', 'tiny.en']

function track(index: number, changes: Partial<Track> = {}): Track {
  return { index, title: null, language: null, codec: 'aac', channels: 1, decodable: true, chosen: index === 1, ...changes }
}

const sessionOf = (tracks: readonly Track[], options: Partial<NonNullable<Session['options']>> = {}): Session => ({
  ...SESSION,
  tracks,
  options: { language: null, model: null, track: null, channels: null, ...options },
})

test('the fields begin with what was chosen, or with what was taken', () => {
  expect(filledFrom(SESSION, [])).toEqual({ language: '', model: '', track: '', channels: '' })
  expect(filledFrom(sessionOf([track(1, { chosen: false }), track(2, { chosen: true })]), MODELS)).toEqual({
    language: '',
    model: 'base',
    track: '2',
    channels: '',
  })
  const chosen = { language: 'de', model: 'tiny.en', track: 'all', channels: 'each' } as const
  expect(filledFrom(sessionOf([track(1), track(2)], chosen), MODELS)).toEqual(chosen)
  expect(filledFrom(sessionOf([track(1), track(2, { chosen: true })]), MODELS).track).toBe('all')
})

test('only what was changed is asked for, and nothing chosen is automatic', () => {
  const before = { language: 'de', model: 'base', track: '1', channels: 'each' }
  expect(choiceOf(before, before)).toEqual({})
  expect(choiceOf(before, { language: '', model: 'tiny.en', track: '2', channels: '' })).toEqual({
    language: 'auto',
    model: 'tiny.en',
    track: 2,
    channels: 'auto',
  })
  expect(choiceOf(before, { ...before, track: 'all' })).toEqual({ track: 'all' })
})

test('there are tracks to choose from where several can be read', () => {
  expect(hasTracks(sessionOf([track(1), track(2, { decodable: false })]))).toBe(false)
  expect(hasTracks(sessionOf([track(1), track(2)]))).toBe(true)
  expect(otherTrack(sessionOf([track(1), track(2, { decodable: false }), track(3)]))).toBe('3')
  expect(otherTrack(sessionOf([track(1)]))).toBeUndefined()
})

test('channels can be chosen unless what is heard is mono', () => {
  const tracks = [track(1), track(2, { channels: 2 })]
  expect(hasChannels(sessionOf(tracks), '1')).toBe(false)
  expect(hasChannels(sessionOf(tracks), '2')).toBe(true)
  expect(hasChannels(sessionOf(tracks), 'all')).toBe(true)
  expect(hasChannels(sessionOf([track(1, { channels: null })]), '1')).toBe(true)
  expect(hasChannels(SESSION, '')).toBe(true)
})

test.each([
  ['completed', { state: 'completed' }, true],
  ['canceled', { state: 'canceled' }, true],
  ['processing', {}, false],
  ['failed for its language', { state: 'failed', error: errorOf('unknown_language') }, true],
  ['not a recording', { state: 'failed', error: errorOf('unreadable') }, false],
] as const)('a session that is %s may be transcribed again: %s', (_, status, may) => {
  expect(mayAgain(SESSION, statusOf(status))).toBe(may)
  expect(mayAgain({ ...SESSION, audio_deleted_at: '2026-11-24T16:20:00Z' }, statusOf(status))).toBe(false)
})

function errorOf(code: string) {
  return { code, message: 'No.', retryable: false, debug_id: 'd1' }
}

test('copied lines name their channel where there are several', () => {
  const line = { index: 0, start_s: 0, end_s: 1, text: ' Hello. ' }
  expect(copiedText([line, { ...line, text: ' ' }])).toBe('Hello.')
  expect(copiedText([{ ...line, channel: 1 }, { ...line, channel: 2, text: 'Yes?' }])).toBe('Channel 1: Hello.\nChannel 2: Yes?')
})
