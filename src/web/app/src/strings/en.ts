import type { SessionStatus } from '@playhead/session-status'
import type { Formats } from '../lib/format.ts'

/** The page in English. Numbers, dates and plurals come from the reader's own locale. */
export const en = ({ clock, decimal, number, percent, plural, roughly, span, spanRange }: Formats) => {
  const words = (n: number) => (n === 0 ? 'no speech found' : plural(n, { one: 'segment', other: 'segments' }))
  const about = (seconds: number) => `about ${roughly(seconds)}`

  return {
    common: {
      loading: 'Loading…',
      tryAgain: 'Try again',
      delete: 'Delete',
      cancel: 'Cancel',
      keep: 'Keep it',
      goToSessions: 'Go to your sessions',
    },

    layout: {
      brand: 'Playhead',
      skip: 'Skip to content',
      navigation: 'Main',
      sessions: 'Sessions',
      account: 'Account',
      api: 'API documentation',
      tabTitle: (page: string) => `${page} – Playhead`,
    },

    /** What is shown in place of the server's own sentence, by the code of a refusal. The server speaks English by itself. */
    problems: {} as Readonly<Record<string, string>>,
    errors: {
      unreachable: 'Playhead cannot be reached. Check your connection and try again.',
      onTheWay: (status: number) => `Something went wrong on the way (${status}). Try again in a moment.`,
      unknown: 'Something went wrong. Try again in a moment.',
      uploadCut: 'The upload was cut off. Check your connection and try again.',
    },

    signIn: {
      tagline: 'Audio in, words out. Watch them come.',
      email: 'Email',
      password: 'Password',
      oneMoment: 'One moment…',
      login: { title: 'Sign in', other: 'New here?', switchTo: 'Create an account' },
      register: { title: 'Create an account', other: 'Been here before?', switchTo: 'Sign in' },
    },

    home: {
      title: 'Sessions',
      newTitle: 'New transcription',
      listTitle: 'Your sessions',
      emptyTitle: 'Nothing here yet',
      empty: 'Your recordings and their transcripts will be listed here.',
      showOlder: 'Show older',
    },

    upload: {
      choose: 'Choose a recording',
      orDrop: 'or drop audio or video here',
      language: 'Language',
      detect: 'Detect automatically',
      going: (share: number) => (share < 1 ? `Uploading, ${percent(share)}` : 'Almost there…'),
      progressOf: (filename: string) => `Upload of ${filename}`,
      stop: 'Stop',
      stopOf: (filename: string) => `Stop ${filename}`,
      dismiss: 'Dismiss',
      dismissOf: (filename: string) => `Dismiss ${filename}`,
    },

    account: {
      title: 'Account',
      signedInAs: 'Signed in as',
      signOut: 'Sign out',
    },

    tokens: {
      title: 'API tokens',
      what: 'A program that sends one as a bearer token acts as you.',
      seeApi: 'See the API',
      name: 'Name of a new token',
      create: 'Create token',
      created: (when: string) => `Created ${when}`,
      neverUsed: 'never used',
      lastUsed: (when: string) => `last used ${when}`,
      deleteOf: (name: string) => `Delete ${name}`,
      askDelete: 'Delete this token?',
      deleteIt: 'Delete it',
      afterDelete: (name: string) => `Programs that use “${name}” will be refused from now on.`,
      copyNow: (name: string) => `Copy the secret of ${name} now. It is not shown again.`,
      copy: 'Copy',
      copied: 'Copied.',
      cannotCopy: 'The browser does not allow copying here: select the secret and copy it by hand.',
    },

    notFound: {
      title: 'Not found',
      page: 'There is nothing at this address',
      pageWhy: 'The link may be old, or mistyped.',
      session: 'There is no such session',
      sessionWhy: 'It may have been deleted, or belong to another account.',
    },

    /** The name of a stage; one that is not here is shown by its own word. */
    stages: {
      uploading: 'Uploading',
      queued: 'Waiting',
      decoding: 'Reading the audio',
      loading_model: 'Loading the model',
      transcribing: 'Transcribing',
      retrying: 'Trying again',
      finalizing: 'Finishing',
      completed: 'Done',
      failed: 'Failed',
      canceled: 'Canceled',
    } as Readonly<Record<string, string>>,

    /** What a status says in a sentence, made from its numbers. For a stage that is not here, the server's own is shown. */
    sentences: {
      uploading: ({ progress }) => (progress === null ? 'Uploading' : `Uploading: ${percent(progress)}`),
      queued({ queue_position, eta_s }) {
        const ahead = (queue_position ?? 1) - 1
        const place =
          ahead === 0 ? 'Next in line' : `Waiting: ${plural(ahead, { one: 'session', other: 'sessions' })} ahead`
        return eta_s ? `${place}, ${about(eta_s)} in all` : place
      },
      decoding: () => 'Reading the audio',
      loading_model: ({ duration_s }) =>
        duration_s ? `Loading the speech model for ${clock(duration_s)} of audio` : 'Loading the speech model',
      transcribing({ position_s, duration_s, eta_s }) {
        if (!duration_s) return 'Transcribing'
        // What the file claims and what is decoded differ a little: never past the end.
        const place = `Transcribing: ${clock(Math.min(position_s ?? 0, duration_s))} of ${clock(duration_s)}`
        if (eta_s === null) return place
        return eta_s < 0.5 ? `${place}, almost done` : `${place}, ${about(eta_s)} left`
      },
      retrying({ attempt, position_s, retry_in_s }) {
        const kept = position_s ? ` from ${clock(position_s)}` : ''
        if (retry_in_s === null) return `Interrupted: attempt ${number(attempt)} goes on${kept}`
        const when = retry_in_s > 0 ? `in ${roughly(retry_in_s)}` : 'as soon as a worker is free'
        return `Interrupted: attempt ${number(attempt + 1)} goes on${kept} ${when}`
      },
      finalizing: ({ segments }) => `Finishing: ${words(segments)}`,
      completed: ({ duration_s, segments }) =>
        duration_s ? `Done: ${clock(duration_s)} of audio, ${words(segments)}` : `Done: ${words(segments)}`,
      canceled: ({ segments }) => (segments === 0 ? 'Canceled' : `Canceled: ${words(segments)} kept`),
    } as Readonly<Record<string, (status: SessionStatus) => string>>,

    /** In place of the server's own sentence about a failure, by its code; as with `problems`. */
    failures: {} as Readonly<Record<string, string>>,

    status: {
      label: 'Status',
      progress: 'Progress',
      /** A stage and how far it is, as it is read out. */
      stageAt: (stage: string, share: number) => `${stage}, ${percent(share)}`,
      announce: (stage: string, share: number) => `${stage}, ${percent(share)} done`,
      announceCompleted: 'Done. The transcript is complete.',
      announceFailed: 'The transcription failed.',
      forSupport: 'for support:',
      lost: 'This session cannot be followed any more. It may have been deleted.',
      tabTitle: (first: string, filename: string) => `${first} · ${filename}`,
    },

    facts: {
      stage: 'Stage',
      queue: 'In the queue',
      queuePlace: (position: number) => (position <= 1 ? 'Next' : `Number ${number(position)}`),
      progress: 'Progress',
      position: 'Position',
      positionOf: (position: number, duration: number) => `${clock(position)} of ${clock(duration)}`,
      speed: 'Speed',
      speedOf: (speed: number) => `${decimal(speed)}× real time`,
      timeLeft: 'Time left',
      about,
      range(range: readonly [number, number]) {
        return span(range[0]) === span(range[1]) ? about(range[1]) : spanRange(range)
      },
      nextTry: 'Next try in',
    },

    session: {
      back: 'All sessions',
      automaticLanguage: 'Automatic language',
      download: 'Download',
      askCancel: 'Cancel this transcription?',
      cancelIt: 'Cancel it',
      afterCancel: 'The words heard so far are kept.',
      askDelete: 'Delete this session?',
      deleteIt: 'Delete it',
      afterDelete: (filename: string) => `The recording and the transcript of “${filename}” will be gone for good.`,
    },

    transcript: {
      title: 'Transcript',
      words: 'Words',
      toCome: 'The words appear here as they are heard.',
      none: 'There are no words.',
      follow: 'Follow the newest',
    },

    connection: {
      live: 'Live',
      waiting: 'Checking for changes',
      polling: (ms: number) => `Checking every ${number(Math.round(ms / 1000))} s`,
      offline: 'Offline, resumes by itself',
      reconnecting: 'Reconnecting…',
      /** Why it is not live, by the reason of the connection. */
      why: {
        flag_off: 'Live updates are not switched on for you yet.',
        kill_switch: 'Live updates are switched off for the moment.',
        flags_unavailable: 'The server cannot tell at the moment whether you may have live updates.',
        buffered: 'Something between you and the server holds live updates back.',
        mute: 'Something between you and the server holds live updates back.',
        stalled: 'Live updates stopped coming.',
        at_capacity: 'The server has no room for another live connection.',
        unsupported: 'This browser cannot receive live updates.',
      } as Readonly<Record<string, string>>,
    },
  }
}
