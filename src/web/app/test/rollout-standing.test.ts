import { expect, test } from 'vitest'
import type { OrderName, Rollout } from '../src/api/rollout.ts'
import { kindOf, ordersOf, standingOf } from '../src/lib/rollout.ts'
import { harmState } from '../src/lib/rolloutCharts.ts'
import { MUTE, ROLLED_BACK, decisionOf, noRollout, pastOf, rolloutOf, watchedOf } from './rollout.ts'

const EMERGENCY = { since: '2026-11-29T09:58:00Z', by: 'eve@example.com', reason: 'words stand still' }
const ended = (...past: Parameters<typeof pastOf>) => noRollout({ past: [pastOf(...past)] })

test.each<[string, Rollout, string, string, OrderName[]]>([
  ['none yet', noRollout(), 'quiet', 'No rollout yet.', ['start', 'emergency']],
  ['running', rolloutOf(), 'well', '10% of people stream: stage 2 of 5.', ['hold', 'move', 'stop', 'emergency']],
  ['a dry run', rolloutOf({ rollout: watchedOf({ is_dry_run: true }) }), 'well', 'Dry run at 10%: stage 2 of 5.', ['hold', 'stop', 'emergency']],
  ['a dry run with harm', rolloutOf({ rollout: watchedOf({ is_dry_run: true, harms: [MUTE] }) }), 'bad', 'Dry run at 10%: stage 2 of 5.', ['hold', 'stop', 'emergency']],
  ['held by the judge', rolloutOf({ rollout: watchedOf({ state: 'held', held_by: 'judge' }) }), 'warn', 'Held at 10%: there is doubt.', ['resume', 'move', 'stop', 'emergency']],
  ['a dry run in doubt', rolloutOf({ rollout: watchedOf({ state: 'held', held_by: 'judge', is_dry_run: true }) }), 'warn', 'Dry run at 10%: it would be held.', ['resume', 'stop', 'emergency']],
  ['held by a person', rolloutOf({ rollout: watchedOf({ state: 'held', held_by: 'person', needs_person: true }) }), 'warn', 'Held at 10% by a person.', ['resume', 'move', 'stop', 'emergency']],
  ['held for a person', rolloutOf({ rollout: watchedOf({ state: 'held', held_by: 'judge', needs_person: true }) }), 'bad', 'Held at 10%: a person must decide.', ['resume', 'move', 'stop', 'emergency']],
  ['moved by a hand', rolloutOf({ rollout: watchedOf({ state: 'manual', share: 30, needs_person: true }) }), 'warn', 'Somebody moved the slider to 30%.', ['resume', 'move', 'stop', 'emergency']],
  ['rolled back', ended('rolled_back'), 'bad', 'The last rollout was rolled back.', ['start', 'emergency']],
  ['a dry run that was stopped', ended('stopped', true), 'quiet', 'The last dry run was stopped.', ['start', 'emergency']],
  ['stopped', ended('stopped'), 'quiet', 'The last rollout was stopped.', ['start', 'emergency']],
  ['finished', ended('finished'), 'well', 'The last rollout is finished.', ['start', 'emergency']],
  ['emergency', rolloutOf({ emergency: EMERGENCY }), 'bad', 'All streams are switched off.', ['hold', 'move', 'stop', 'lift']],
])('where it stands, and what can be ordered: %s', (_, rollout, state, sentence, orders) => {
  expect(standingOf(rollout)).toMatchObject({ state, sentence })
  expect(ordersOf(rollout)).toEqual(orders)
})

test.each<[string, Rollout, RegExp]>([
  ['what the judge found', rolloutOf(), /^No harm is in sight: 41 of 60/],
  ['that nothing was looked at', rolloutOf({ rollout: watchedOf({ sentence: '' }) }), /^The first look is due within seconds\.$/],
  ['why it ended', { ...ended('rolled_back'), decisions: [decisionOf(15, { rollout: 6 }), decisionOf(14, { sentence: ROLLED_BACK })] }, /^Rolled back from 25%: 9 of 41/],
  ['who pulled the switch, and why', rolloutOf({ emergency: EMERGENCY }), /by eve@example\.com: words stand still$/],
])('the second sentence says %s', (_, rollout, detail) => {
  expect(standingOf(rollout).detail).toMatch(detail)
})

test.each([
  ['advance', 'acted', 'Advanced', ''],
  ['advance', 'recorded', 'Advanced', 'being done'],
  ['roll_back', 'not_acted', 'Would have rolled back', 'not done'],
  ['advance', 'overtaken', 'Advanced', 'overtaken'],
  // A person who starts a dry run has done so.
  ['start', 'not_acted', 'Started', ''],
  ['a kind without words', 'acted', 'a kind without words', ''],
] as const)('a decision says what it is and what became of it: %s, %s', (decision, state, kind, became) => {
  expect(kindOf({ decision, state })).toEqual([kind, became])
})

test.each([
  ['certain', {}, 'bad'],
  ['in doubt', { absolute: 2, relative: 1 }, 'warn'],
  ['below its lines', { absolute: 1, relative: 1 }, 'well'],
  ['not agreed upon', { absolute: 4.3, relative: -0.2 }, 'well'],
  ['of one test', { relative: null }, 'bad'],
  ['never more than in doubt', { roll_back_line: null }, 'warn'],
  ['not tested yet', { absolute: null, relative: null }, 'quiet'],
  ['without people', { stream: { harmed: 0, people: 0 } }, 'quiet'],
] as const)('a harm is marked by its evidence: %s', (_, changes, state) => {
  expect(harmState({ ...MUTE, ...changes })).toBe(state)
})
