import type { SessionStatus } from '@playhead/session-status'
import type { Formats } from '../lib/format.ts'
import type { Counts } from '../lib/now.ts'

/**
 * The page in English. Numbers, dates and plurals come from the reader's own locale.
 *
 * Longer than other files on purpose: whoever translates it has one file to translate.
 */
export const en = ({ clock, number, percent, plural, roughly, span }: Formats) => {
  const lines = (n: number) => (n === 0 ? 'no speech found' : plural(n, { one: 'line', other: 'lines' }))
  const about = (seconds: number) => `about ${roughly(seconds)}`
  const arriving = (share: number) => (share < 1 ? `Uploading, ${percent(share)}` : 'Almost there…')
  /** In place of the server's own sentence about a failure, by its code; as with `problems`. */
  const failures: Readonly<Record<string, string>> = {}

  return {
    common: {
      loading: 'Loading…',
      tryAgain: 'Try again',
      delete: 'Delete',
      cancel: 'Cancel',
      keep: 'Go back',
      goToSessions: 'Go to your sessions',
    },

    layout: {
      brand: 'Playhead',
      description: 'Playhead turns audio into text and lets you watch it happen.',
      noscript: 'Playhead needs JavaScript. Turn it on in your browser, then reload this page.',
      skip: 'Skip to content',
      navigation: 'Main',
      sessions: 'Sessions',
      account: 'Account',
      admin: 'Admin',
      api: 'API documentation',
      tabTitle: (page: string) => `${page} – Playhead`,
    },

    /** What is shown in place of the server's own sentence, by the code of a refusal. The server speaks English by itself. */
    problems: {} as Readonly<Record<string, string>>,
    errors: {
      unreachable: 'Playhead cannot be reached. Check your connection and try again.',
      onTheWay: (status: number) => `The server gave no usable answer (${status}). Try again in a moment.`,
      unknown: 'Something went wrong. Try again in a moment.',
      broken: 'This page could not be loaded. Reload it to get the newest version.',
      reload: 'Reload',
      uploadCut: 'The upload was cut off. Check your connection and try again.',
    },

    home: {
      title: 'Sessions',
      newTitle: 'New transcription',
    },

    list: {
      title: 'Your sessions',
      /** What a row says besides the state, if there is more to say. */
      detail({ stage, state, queue_position, eta_s, error, segments, next_revision }: SessionStatus): string | undefined {
        if (state === 'failed' || state === 'canceled') {
          const kept = next_revision === undefined ? undefined : 'earlier text kept'
          return [kept, error && (failures[error.code] ?? error.message)].filter(Boolean).join(' · ') || undefined
        }
        if (state === 'completed' && segments === 0) return 'no speech found'
        if (stage === 'queued' && queue_position !== null) {
          return queue_position <= 1 ? 'next in line' : `number ${number(queue_position)} in line`
        }
        return (stage === 'transcribing' || stage === 'uploading') && eta_s !== null ? `${about(eta_s)} left` : undefined
      },
      progressOf: (filename: string) => `Progress of ${filename}`,
      deleted: (filename: string) => `${filename} deleted`,
      lost: 'This list is not kept up to date any more.',
      search: 'Search by name',
      found: (n: number) => (n === 0 ? 'No name has that in it.' : `${plural(n, { one: 'session', other: 'sessions' })} found.`),
      foundInNewest: (n: number, read: number) => `${n === 0 ? 'None' : number(n)} found among the newest ${number(read)}.`,
      searchOlder: 'Search the older ones',
      showOlder: 'Show older',
      allShown: 'These are all of them.',
      olderFailed: 'The older ones could not be read.',
      now: {
        title: 'Now',
        /** What goes on, how long all of it takes where that is known, and what failed. */
        summary({ running, sending, waiting, paused, failed, ended }: Counts, left_s: number | null) {
          const going = [
            running > 0 && plural(running, { other: 'transcribing' }),
            sending > 0 && plural(sending, { other: 'uploading' }),
            waiting > 0 && plural(waiting, { other: 'waiting' }),
            left_s !== null && `${about(left_s)} left`,
          ].filter((part) => part !== false)
          const over = [paused > 0 && plural(paused, { other: 'paused' }), ended > 0 && plural(ended, { other: 'ended' }), failed > 0 && plural(failed, { other: 'failed' })]
          return [going.join(', '), ...over].filter(Boolean).join(' · ')
        },
        retryAll: 'Try all again',
        retried: (n: number) => plural(n, { other: 'tried again' }),
        notRetried: (n: number, of: number, why: string) => `${number(n)} of ${number(of)} could not be tried again. ${why}`,
        dismissAll: 'Dismiss all',
        dismissed: (n: number) => plural(n, { other: 'dismissed' }),
        showAll: (n: number) => `Show all ${number(n)}`,
        showFewer: 'Show fewer',
      },
      dates: { today: 'Today', yesterday: 'Yesterday', week: 'Previous 7 days' },
      empty: {
        title: 'Nothing here yet. This is how it goes:',
        steps: [
          { name: 'Add a recording', what: 'Audio or video, as many files as you like. Each becomes a session here.' },
          { name: 'Watch the words come', what: 'You see how far it is and how long it takes. You may close the page: it goes on.' },
          { name: 'Take the text with you', what: 'Read and listen along, or download it as TXT, SRT, VTT or JSON.' },
        ],
        api: { before: 'From a terminal or a program, the same is done by', link: 'the API' },
      },
    },

    upload: {
      choose: 'Choose a recording',
      orDrop: 'or drop audio or video on this page',
      drop: 'Drop to upload',
      language: 'Language',
      detect: 'Detect automatically',
      going: arriving,
      /** Of one that is sent, waits for its turn or is paused, on other pages than the list. */
      standing: (state: string, share: number) =>
        state === 'sending' ? arriving(share) : state === 'paused' ? `Paused at ${percent(share)}` : 'Waiting',
      progressOf: (filename: string) => `Upload of ${filename}`,
      stop: 'Stop',
      stopOf: (filename: string) => `Stop ${filename}`,
      /** Without the time left, which would be said again every second. */
      waits: {
        offline: 'Waiting for the network',
        away: 'The server cannot be reached, trying again',
        busy: 'The server is busy, trying again',
        limit: 'The limit of uploads an hour is reached, trying again',
        quota: 'Waiting until one of your files is done, trying again',
      },
      waitsFor: (sentence: string, seconds: number) => `${sentence} in ${span(seconds)}`,
      /** Behind the name of one, on other pages than the list. */
      more: (n: number) => `and ${number(n)} more`,
      failedElsewhere: (n: number) => `${plural(n, { one: 'file', other: 'files' })} not uploaded`,
      inTitle: {
        before: (what: string, page: string) => `${what} · ${page}`,
        going: (share: number) => `Uploading ${percent(share)}`,
        waiting: 'Upload waiting',
        paused: 'Upload paused',
        failed: 'Not uploaded',
      },
      unreadable: 'It could not be read. It may have been moved or deleted: choose it again.',
      nothingInside: 'No audio or video in this folder.',
      tooMuchInside: (most: number) => `More than ${number(most)} files in this folder. Drop its subfolders one at a time.`,
      notUploaded: 'Not uploaded',
      failed: (filename: string) => `${filename} could not be uploaded.`,
      dismiss: 'Dismiss',
      dismissOf: (filename: string) => `Dismiss ${filename}`,
    },

    account: {
      title: 'Account',
      signedInAs: 'Signed in as',
      signOut: 'Sign out',
      askSignOut: 'Sign out while files are uploading?',
      afterSignOut: 'They stop. What has arrived is kept: choose the same files to go on.',
      howUpdates: 'How updates reach you',
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
      decoding: 'Reading audio',
      loading_model: 'Loading model',
      transcribing: 'Transcribing',
      retrying: 'Trying again',
      finalizing: 'Finishing',
      completed: 'Done',
      failed: 'Failed',
      canceled: 'Canceled',
    } as Readonly<Record<string, string>>,

    /** What a status says after the name of its stage. For a stage that is not here, the server's own sentence is shown. */
    details: {
      uploading: ({ eta_s }) => (eta_s === null ? undefined : `${about(eta_s)} left`),
      queued({ queue_position, eta_s }) {
        const ahead = (queue_position ?? 1) - 1
        const line = ahead === 0 ? 'next in line' : `${plural(ahead, { one: 'session', other: 'sessions' })} ahead`
        return eta_s ? `${line}, ${about(eta_s)} in all` : line
      },
      decoding: () => undefined,
      loading_model: () => undefined,
      transcribing({ position_s, duration_s, eta_s }) {
        if (!duration_s) return undefined
        // What the file claims and what is decoded differ a little: never past the end.
        const position = `${clock(Math.min(position_s ?? 0, duration_s))} of ${clock(duration_s)}`
        if (eta_s === null) return position
        return eta_s < 0.5 ? `${position}, almost done` : `${position}, ${about(eta_s)} left`
      },
      retrying({ attempt, position_s, retry_in_s }) {
        const kept = position_s ? ` from ${clock(position_s)}` : ''
        if (retry_in_s === null) return `attempt ${number(attempt)} goes on${kept}`
        const when = retry_in_s > 0 ? `in ${roughly(retry_in_s)}` : 'as soon as a worker is free'
        return `attempt ${number(attempt + 1)} goes on${kept} ${when}`
      },
      finalizing: ({ segments, next_revision }) => (next_revision === undefined ? lines(segments) : undefined),
      completed({ duration_s, segments }, words) {
        const counted = segments === 0 ? 'no speech found' : words === undefined ? undefined : plural(words, { one: 'word', other: 'words' })
        return [duration_s ? clock(duration_s) : undefined, counted].filter(Boolean).join(' · ') || undefined
      },
      failed: ({ error }) => (error ? (failures[error.code] ?? error.message) : undefined),
      canceled: ({ segments, next_revision }) => (next_revision !== undefined ? 'the earlier text is kept' : segments === 0 ? undefined : `${lines(segments)} kept`),
    } as Readonly<Record<string, (status: SessionStatus, words?: number) => string | undefined>>,

    failures,

    status: {
      label: 'Status',
      progress: 'Progress',
      /** The stage `transcribing`, while an earlier text is served. */
      again: 'Transcribing again',
      /** A stage and how far it is, as it is read out. */
      stageAt: (stage: string, share: number) => `${stage}, ${percent(share)}`,
      announce: (stage: string, share: number) => `${stage}, ${percent(share)} done`,
      announceCompleted: 'Done. The transcript is complete.',
      announceCanceled: 'Canceled.',
      lost: 'This session is not kept up to date any more.',
      tabTitle: (first: string, filename: string) => `${first} · ${filename}`,
    },

    session: {
      back: 'All sessions',
      notRead: 'This session cannot be shown now',
      automaticLanguage: 'Automatic language',
      download: 'Download',
      downloadSoFar: 'Download what there is so far',
      copySoFar: 'Copy the text so far',
      more: 'More actions',
      details: 'Details',
      cancelOf: (filename: string) => `Cancel ${filename}`,
      retryOf: (filename: string) => `Try ${filename} again`,
      deleteOf: (filename: string) => `Delete ${filename}`,
      askCancel: 'Cancel this transcription?',
      canceling: 'Canceling…',
      cancelIt: 'Cancel it',
      afterCancel: 'The words heard so far are kept.',
      afterCancelAgain: 'The earlier text is kept.',
      askDelete: 'Delete this session?',
      deleteIt: 'Delete it',
      afterDelete: (filename: string) => `The recording and the transcript of “${filename}” will be gone for good.`,
    },

    copy: {
      text: 'Copy',
      copied: 'Copied',
      cannot: 'Cannot copy here',
    },

    connection: {
      live: 'Live updates',
      waiting: 'Live, by long polling',
      polling: (ms: number) => `Checking every ${span(ms / 1_000)}`,
      offline: 'Offline, resumes by itself',
      connecting: 'Connecting…',
      reconnecting: 'Reconnecting…',
      tryLive: 'Try live again',
      pollInstead: 'Check every few seconds instead',
      test: 'Test my connection',
      age: (age: string) => `Last heard from the server ${age} ago.`,
      ageShort: (age: string) => `· ${age} old`,
      behind: (ms: number) => `· ${span(ms / 1_000)} behind`,
      /** Said once, when the way has changed: after the reason, if it is for the worse. */
      changed: {
        live: 'Live updates have begun: changes appear the moment they happen.',
        polling: (ms: number) => `Checking every ${span(ms / 1_000)} instead.`,
        waiting: 'Changes still appear at once, by long polling.',
        /** Why they ended, where it is another sentence than why there are none: to a person who had them. */
        ended: { flag_off: 'Live updates were switched off for you.' } as Readonly<Record<string, string>>,
      },
      dismiss: 'Dismiss',
      whyLive: 'Changes appear the moment they happen.',
      whyLate: 'Updates reach you late: the server, or something between you and it, is slow.',
      whyUnknown: 'The connection for live updates could not be made.',
      /** Why it is not live, by the reason of the connection. */
      why: {
        flag_off: 'Live updates are not switched on for you yet.',
        kill_switch: 'Live updates are switched off for the moment.',
        flags_unavailable: 'The server cannot tell at the moment whether you may have live updates.',
        buffered: 'Something between you and the server holds live updates back.',
        mute: 'Something between you and the server holds live updates back.',
        stalled: 'Live updates stopped coming.',
        at_capacity: 'The server has no room for another live connection.',
        replaced: 'You have this site open in many tabs. The newest have live connections, and this one asks for changes.',
        unsupported: 'This browser cannot receive live updates.',
        manual: 'You chose to check every few seconds.',
        network: 'The connection to the server was lost.',
        offline: 'This device has no network.',
        busy: 'The server is busy and asks to wait.',
        http: 'The server, or something between you and it, answers with an error.',
        bad_payload: 'The server sent something that this page does not understand.',
        server: 'The server closed the connection.',
        draining: 'The server is being restarted.',
        max_age: 'The connection is being renewed.',
        away: 'The page was put away.',
      } as Readonly<Record<string, string>>,
    },
  }
}
