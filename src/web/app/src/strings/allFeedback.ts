import type { Formats } from '../lib/format.ts'
import { feedbackStrings } from './feedback.ts'
import { inTheirLanguage } from './index.ts'
import { transportStrings } from './transport.ts'

/** What admins read about feedback, in English: apart from `en.ts`, which everybody reads at first. */
const en = ({ decimal, number, plural }: Formats) => ({
  title: 'Feedback',
  what: `Who watches a session until its end is asked once in 30 days: “${feedbackStrings.question}” The answers have no names.`,
  range: 'Time',
  ranges: { week: '7 days', month: '30 days', quarter: '13 weeks' },
  none: 'Nobody has answered in this time.',
  mean: (mean: number) => `${decimal(mean)} of 5`,
  answers: (n: number) => plural(n, { one: 'answer', other: 'answers' }),
  unanswered: (n: number) => `${number(n)} did not answer`,
  modes: {
    title: 'By how updates came',
    mode: 'Most of the time',
    names: { ...transportStrings.transport.modes, none: 'Not connected' } as Readonly<Record<string, string>>,
    mean: 'Mean',
    count: 'Answers',
  },
  steps: {
    title: 'Over time',
    from: 'From',
    scale: 'Mean, of 5',
    what: (moment: string, mean: string, answers: string) => `${moment}: ${mean}, ${answers}`,
    noneThen: 'none',
  },
  list: {
    title: 'Newest answers',
    rating: (rating: number) => `${number(rating)} of 5: ${feedbackStrings.ratings[rating - 1] ?? ''}`,
    more: 'Show older answers',
  },
  download: 'Download CSV',
})

export const allFeedbackStrings = inTheirLanguage({ en })
