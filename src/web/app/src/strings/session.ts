import type { Formats } from '../lib/format.ts'
import { inTheirLanguage } from './index.ts'

/** What only the page of a session says, in English: apart from `en.ts`, which everybody reads at first. */
const en = ({ clock, decimal, number }: Formats) => ({
  /** The way from upload to done, coarser than the stages. */
  steps: {
    label: 'Steps',
    names: {
      upload: { toDo: 'Upload', done: 'Uploaded' },
      queue: { toDo: 'Queue', done: 'Queued' },
      prepare: { toDo: 'Prepare', done: 'Prepared' },
      transcribe: { toDo: 'Transcribe', done: 'Transcribed' },
      finish: { toDo: 'Finish', done: 'Finished' },
    },
    done: 'done',
    here: 'under way',
    ended: 'ended here',
  },

  failure: {
    debugId: 'debug id',
    copy: 'Copy debug id',
    canPass: 'This may pass. Try again: it goes on from where it stopped.',
    cannotPass: 'Trying again would end the same way.',
    /** What to do about it, by the code of the failure, where there is more to say. */
    advice: {
      unknown_language: 'Transcribe it again in another language, or let the language be detected.',
      no_track: 'Transcribe it again and choose another track.',
      audio_missing: 'Upload it again.',
      storage_unavailable: 'Nothing is lost. Try again in a few minutes.',
      internal: 'This is our mistake. Try again; if it fails again, tell whoever runs this service the debug id.',
    } as Readonly<Record<string, string>>,
  },

  facts: {
    queue: 'In the queue',
    queuePlace: (position: number) => (position <= 1 ? 'Next' : `Number ${number(position)}`),
    progress: 'Progress',
    position: 'Position',
    positionOf: (position: number, duration: number) => `${clock(position)} of ${clock(duration)}`,
    speed: 'Speed',
    speedOf: (speed: number) => `${decimal(speed)}× real time`,
    nextTry: 'Next try in',
  },

  transcript: {
    title: 'Transcript',
    words: 'Words',
    toCome: 'The words appear here as they are heard.',
    atEnd: 'The words appear when it is finished.',
    reading: 'Reading the words…',
    missing: (read: number, all: number) => `${number(read)} of ${number(all)} lines have been read. The others follow.`,
    none: 'There are no words: no speech was found.',
    noneYet: 'It ended before the first words.',
    follow: 'Follow the newest',
  },

  downloads: {
    formats: {
      txt: 'Text (TXT)',
      srt: 'Subtitles (SRT)',
      vtt: 'Subtitles for the web (VTT)',
      json: 'Text with times (JSON)',
    },
    recording: 'The recording',
  },
})

export const sessionStrings = inTheirLanguage({ en })
