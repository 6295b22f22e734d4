import { inTheirLanguage } from './index.ts'

/** What the pages for admins share, in English: apart from `en.ts`, which everybody reads at first. */
const en = () => ({
  navigation: 'Admin',
  pages: [
    ['/admin', 'People'],
    ['/admin/health', 'Health'],
    ['/admin/rollout', 'Rollout'],
    ['/admin/paths', 'Paths'],
    ['/admin/feedback', 'Feedback'],
  ] as const,
})

export const adminStrings = inTheirLanguage({ en })
