import type { Formats } from '../lib/format.ts'
import { inTheirLanguage } from './index.ts'

/** What is said of recordings on their way, in English: apart from `en.ts`, which everybody reads at first. */
const en = ({ fileSize, percent, plural }: Formats) => ({
  pausedAt: (share: number) => `Paused at ${percent(share)}`,
  waitingAt: (share: number) => (share > 0 ? `Waiting at ${percent(share)}` : 'Waiting'),
  pause: 'Pause',
  pauseOf: (filename: string) => `Pause ${filename}`,
  goOn: 'Go on',
  goOnOf: (filename: string) => `Go on with ${filename}`,
  goOnHere: 'Go on here',
  goOnHereOf: (filename: string) => `Go on with ${filename} here`,
  elsewhere: 'Goes on in another tab',
  chooseIt: 'Choose the same file',
  chooseSame: (share: number) => `Choose the same file to go on from ${percent(share)}`,
  chooseSameOf: (filename: string, share: number) => `Choose ${filename} again to go on from ${percent(share)}`,
  another: (name: string, filename: string, size: number) => `“${name}” is another file. Choose “${filename}”, of ${fileSize(size)}.`,
  changed: (name: string) => `“${name}” was changed since its upload began. Stop that, and add it as a new one.`,
  notRead: 'This browser cannot read the file any more. Choose it again.',
  gone: 'What had arrived was deleted. Try again to begin anew.',
  stopOf: (filename: string) => `Stop ${filename}`,
  askStop: 'Stop this upload?',
  stopIt: 'Stop it',
  afterStop: 'What has arrived of it is deleted.',
  /** In place of the words, and of how far it is in numbers. */
  arriving: 'The words come once all of the recording is there.',
  of: (stored: number, size: number) => `${fileSize(stored)} of ${fileSize(size)}`,
  taken: (filenames: readonly string[]) =>
    filenames.length === 1 ? `${filenames[0]} uploaded` : plural(filenames.length, { one: 'recording uploaded', other: 'recordings uploaded' }),
})

export const uploadingStrings = inTheirLanguage({ en })
