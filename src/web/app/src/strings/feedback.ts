import { inTheirLanguage } from './index.ts'

/** The question after a session, in English: apart from `en.ts`, which everybody reads at first. */
const en = () => ({
  question: 'Did this page keep you up to date?',
  /** Of the ratings 1 to 5. */
  ratings: ['Not at all', 'A little', 'Partly', 'Mostly', 'Fully'] as const,
  comment: 'Anything to add? (optional)',
  send: 'Send',
  notNow: 'Not now',
  thanks: 'Thank you for your answer.',
})

export const feedbackStrings = inTheirLanguage({ en })
