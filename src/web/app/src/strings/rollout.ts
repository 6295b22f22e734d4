import type { OrderName } from '../api/rollout.ts'
import type { Formats } from '../lib/format.ts'
import { inTheirLanguage } from './index.ts'

type ByWord = Readonly<Record<string, string>>

interface OrderWords {
  readonly button: string
  readonly title: string
  readonly what: string
  readonly action: string
}

/** What is said of the rollout of live updates, in English: apart from `en.ts`, which everybody reads at first. */
const en = ({ number, plural, roughly }: Formats) => ({
  title: 'Rollout',
  what: 'How many people get live updates by a stream, and whether those are better or worse off than people who poll.',

  verdict: {
    label: 'Where it stands',
    unknown: 'Where the rollout stands now is not known.',
    none: 'No rollout yet.',
    noneWhat:
      'A rollout raises the share of people who stream, stage by stage, while the judge compares them with people who poll. In doubt it stops growing; where harm is certain it goes back to 0%.',
    emergency: 'All streams are switched off.',
    emergencyBy: (moment: string, by: string, reason: string) => `By the emergency switch, ${moment}, by ${by}: ${reason}`,
    running: (share: string, stage: number, stages: number) => `${share} of people stream: stage ${number(stage)} of ${number(stages)}.`,
    runningDry: (share: string, stage: number, stages: number) => `Dry run at ${share}: stage ${number(stage)} of ${number(stages)}.`,
    held: (share: string) => `Held at ${share}: there is doubt.`,
    heldDry: (share: string) => `Dry run at ${share}: it would be held.`,
    needsPerson: (share: string) => `Held at ${share}: a person must decide.`,
    heldByPerson: (share: string) => `Held at ${share} by a person.`,
    manual: (share: string) => `Somebody moved the slider to ${share}.`,
    manualWhat: 'It is watched, and not moved until it is resumed.',
    waits: 'The first look is due within seconds.',
    ended: {
      rolled_back: 'The last rollout was rolled back.',
      stopped: 'The last rollout was stopped.',
      finished: 'The last rollout is finished.',
    },
    endedDry: 'The last dry run was stopped.',
  },
  dry: 'Dry run',
  dryWhat: 'Nothing is moved: decisions say what would have been done.',
  /** Where the slider is. */
  slider: (share: string, place: string) => `Slider at ${share} in ${place}`,
  unread: (place: string) => `Slider not read yet in ${place}`,
  begun: (moment: string, by: string, reason: string) => `Begun ${moment} by ${by}${reason === '' ? '' : `: ${reason}`}`,
  group: (group: string) => `Group ${group}`,

  troubles: {
    telemetry: 'Telemetry is off: pages report nothing, so a rollout cannot watch itself.',
    telemetryWhat: 'Set TELEMETRY=on, and start the web processes again.',
    killSwitch: 'The kill switch sse.allowed is off: nobody streams, whatever the share is.',
    plan: 'The plan is refused:',
  },

  ladder: {
    title: 'Plan',
    plan: (stages: number, from: string, to: string, time: string) =>
      `${plural(stages, { one: 'stage', other: 'stages' })}, from ${from} to ${to}, in ${time} or longer: each stage waits for its people as well.`,
    state: { done: 'passed', below: 'below the slider', here: 'now', ahead: 'to come' },
    time: (time: string) => `${time} at least`,
    people: (n: number) => `${plural(n, { one: 'person', other: 'people' })} streaming`,
    margin: (margin: string) => `harm proven below ${margin}`,
    bakedLabel: (share: string) => `Time watched at ${share}`,
    baked: (done: string, of: string) => `${done} of ${of}`,
    countedLabel: (share: string) => `Streaming people counted at ${share}`,
    counted: (done: number, of: number) => `${number(done)} of ${plural(of, { one: 'person', other: 'people' })}`,
    left: (seconds: number) => `next stage in about ${roughly(seconds)}`,
    proof: 'waits for proof that there is no harm',
    held: 'held until the doubt is gone',
    paused: 'not moved until it is resumed',
    waits: 'waits for people',
  },

  arms: {
    title: 'People in this stage',
    what: 'Each person counts once in a stage, 40 seconds after they began to watch.',
    columns: { what: 'People', stream: 'Streaming', poll: 'Polling' },
    exposed: 'Asked the flags',
    people: 'Watched and counted',
    silent: 'Sent no report',
    silentOf: (silent: number, of: number, share: string) => `${number(silent)} of ${number(of)} (${share})`,
    silentNone: '–',
    splitWell: 'People are split as the slider says.',
    splitBad: 'People are not split as the slider says: it is held until somebody finds out why.',
    evidence: (evidence: string) => `Evidence against the split: ${evidence}; 1,000 holds.`,
  },

  evidence: {
    title: 'Evidence of harm',
    what: 'Evidence of 1,000 comes up by chance in at most 1 of 1,000 rollouts. “Budget” compares streaming people with the share that may be harmed, “Polling” with people who poll at the same time. Where a harm has both, one must cross a line and the other agree.',
    none: 'Nothing was looked at yet: the first people are counted 40 seconds after they began to watch.',
    tests: { absolute: 'Budget', relative: 'Polling' },
    of: (harmed: number, people: number, share: string) => `${number(harmed)} of ${number(people)} (${share})`,
    arms: (stream: string, poll: string) => `Streaming: ${stream}; polling: ${poll}.`,
    nobody: 'nobody yet',
    empty: 'Not compared yet.',
    onlyHolds: (hold: string) => `Only holds, at ${hold}.`,
    lines: (hold: string, rollBack: string) => `Holds at ${hold}, rolls back at ${rollBack}.`,
    hold: 'hold',
    rollBack: 'roll back',
    /** Where the words of the page of health do not say who is compared. */
    harms: {
      silent: 'No report came from the page',
    } as ByWord,
  },

  harms: {
    title: 'What it watches for',
    what: 'Counted for each person who streams, and for each who polls.',
    columns: { harm: 'Harm', budget: 'May happen to', action: 'Then' },
    noBudget: 'no more than polling',
    actions: { roll_back: 'rolls back', hold: 'holds' },
  },

  server: {
    title: 'Server',
    columns: { what: 'Worst process', value: 'Last minute', line: 'Limit' },
    names: {
      loop_lag: 'Event loop lag (p99)',
      memory: 'Memory used',
      drops: 'Updates given up',
      flags_age: 'Flags not confirmed for',
      errors: 'Streams answered with 5xx',
    } as ByWord,
    nothing: '–',
    looks: (n: number) => `beyond it at ${plural(n, { one: 'look', other: 'looks in a row' })}`,
  },

  decisions: {
    title: 'Decisions',
    none: 'Nothing was decided yet.',
    kinds: {
      start: 'Started',
      advance: 'Advanced',
      hold: 'Held',
      resume: 'Resumed',
      roll_back: 'Rolled back',
      move: 'Moved',
      manual: 'A hand moved the slider',
      stop: 'Stopped watching',
      finish: 'Finished',
      emergency: 'Emergency switch pulled',
      lift: 'Emergency switch lifted',
    } as ByWord,
    wouldHave: {
      advance: 'Would have advanced',
      hold: 'Would have held',
      roll_back: 'Would have rolled back',
      finish: 'Would have finished',
      resume: 'Would have resumed',
    } as ByWord,
    states: { recorded: 'being done', acted: '', not_acted: 'not done', overtaken: 'overtaken' },
    change: (from: string, to: string) => `${from} → ${to}`,
    changeSpoken: (from: string, to: string) => `from ${from} to ${to}`,
    by: (by: string) => `by ${by}`,
    /** What machines write there. */
    judge: 'the judge',
    ofRollout: (id: number) => `rollout ${number(id)}`,
    reason: (reason: string) => `“${reason}”`,
    numbers: 'Numbers',
    columns: { harm: 'Harm', stream: 'Streaming', poll: 'Polling', evidence: 'Evidence' },
    harmed: (harmed: number, people: number) => `${number(harmed)} of ${number(people)}`,
    nothing: '–',
    numbersOf: (kind: string, moment: string) => `Numbers: ${kind}, ${moment}`,
    all: (n: number) => `Show all ${number(n)}`,
  },

  past: {
    title: 'Earlier rollouts',
    outcomes: {
      rolled_back: (share: string) => `Rolled back from ${share}`,
      stopped: (share: string) => `Stopped at ${share}`,
      finished: (share: string) => `Finished at ${share}`,
    },
  },

  orders: {
    label: 'What you can do',
    reason: 'Reason',
    reasonHint: 'Kept with your name in the list of decisions.',
    share: 'Share of people, in percent',
    lost: 'It may still be done: see the list of decisions before you try again.',
    mode: 'How',
    dry: 'Dry run',
    dryWhat: 'Watches and judges, and writes down what it would do. The slider stays where it is.',
    dryAtZero: 'The slider is at 0% now: set it by hand first, or there is nobody to compare.',
    real: 'For real',
    realWhat: (now: string, first: string) => `Moves the slider from ${now} to ${first} now, draws new people, and follows the plan by itself.`,
    of: {
      start: { button: 'Start…', title: 'Start a rollout?', what: '', action: 'Start' },
      hold: { button: 'Hold…', title: 'Hold the rollout?', what: 'The share stays as it is until somebody resumes. It is still taken back where harm is certain.', action: 'Hold' },
      resume: { button: 'Resume…', title: 'Resume the rollout?', what: 'The stage begins anew, with its time and its people.', action: 'Resume' },
      move: { button: 'Move…', title: 'Move the slider?', what: 'The slider is moved now. The stage of that share begins anew, with its time and its people.', action: 'Move' },
      stop: { button: 'Stop watching…', title: 'Stop watching?', what: 'The slider stays where it is, and nobody takes it back any more.', action: 'Stop watching' },
      emergency: {
        button: 'Stop all streams…',
        title: 'Stop all streams?',
        what: 'The emergency switch ends every stream of every person within 2 seconds, whatever the flags say. People poll instead, and lose nothing. The slider stays where it is.',
        action: 'Stop all streams',
      },
      lift: { button: 'Lift the emergency switch…', title: 'Allow streams again?', what: 'The flags decide again: people in the share stream within seconds. Move the slider down first if the cause is not gone.', action: 'Allow streams' },
    } as Readonly<Record<OrderName, OrderWords>>,
  },
})

export const rolloutStrings = inTheirLanguage({ en })
