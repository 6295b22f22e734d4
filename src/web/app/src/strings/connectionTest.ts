import type { Formats } from '../lib/format.ts'
import { inTheirLanguage } from './index.ts'

/** What is said of the test of one's own connection, in English: apart from `en.ts`, which everybody reads at first. */
const en = ({ decimal, milliseconds, number, plural }: Formats) => {
  const time = (ms: number) => (ms < 1_000 ? milliseconds(Math.round(ms)) : `${decimal(ms / 1_000)}\u{A0}s`)
  return {
    title: 'Test my connection',
    what: 'Measures how requests and live updates reach this browser. It takes about 6 seconds, or 20 where something is wrong. Nothing is stored.',
    again: 'Test again',
    running: 'Testing…',
    runningDetail: (done: number, all: number) =>
      done < all ? `${number(done)} of ${number(all)} checks done` : 'Measuring once more, to be sure',
    result: 'Result',
    copy: 'Copy for your administrator',
    failed: 'The test could not be done.',

    /** What to do, by how it ended. */
    todo: {
      well: 'Live updates reach this browser. If they come late at another time, test again then.',
      unclear: 'Test again. If the result stays the same, copy it for your administrator.',
      wrong: 'Nothing is lost: without live updates the page checks for changes. Copy this result for your administrator, who can find the cause with it.',
      wrongForAdmin: 'Nothing is lost: without live updates the page checks for changes. Below is what to change, the likeliest cause first.',
    },

    checks: {
      title: 'Checks',
      names: {
        requests: 'Small requests',
        clock: 'Clock',
        firstByte: 'First byte of a stream',
        firstEvent: 'First event of a stream',
        small: 'Small events',
        large: 'Events with 9 KB between',
        compression: 'Compression of streams',
        version: 'HTTP version',
      },
      waiting: 'waiting',
      running: 'measuring…',
      none: 'not measured',
      time,
      version: (here: string, there: string) => (here === there ? `HTTP/${here}` : `HTTP/${here} here, HTTP/${there} at the server`),
      versionThere: (there: string) => `HTTP/${there} at the server`,
      clockSame: (most: number) => `within ${time(most)} of the server's`,
      clockBehind: (offset: number) => `${time(offset)} behind the server's`,
      clockAhead: (offset: number) => `${time(offset)} ahead of the server's`,
      spread: (count: number, sent: number, came: number) =>
        `${plural(count, { one: 'event', other: 'events' })} sent over ${time(sent)} came within ${time(came)}`,
      cut: (before: string) => `${before}; then the stream was cut`,
      silent: (before: string) => `${before}; then nothing more came`,
      nothing: (ms: number) => `nothing came in ${time(ms)}`,
      refused: (status: number) => `no stream, status ${status}`,
      uncompressed: 'none',
    },

    findings: {
      title: 'What to change',
      found: 'What was found',
      more: (n: number) => plural(n, { one: 'other possible cause', other: 'other possible causes' }),
      recognised: (by: string) => `recognised by ${by}`,
      change: 'Change',
      where: 'Where',
      apart: 'How to tell',
      source: 'Source',
      sources: { tried: (of: string) => `tried with Playhead: ${of}`, vendor: (of: string) => of },
    },

    untested: 'Not tested',
    commandLine: (url: string) => `A browser cannot test upload limits and long streams: \`playhead doctor ${url} --long\` does, on the command line.`,

    /** The result as text. */
    report: {
      title: (url: string, moment: string) => `Connection of a browser to ${url}, ${moment}`,
      browser: 'Browser',
      levels: { wrong: 'WRONG', note: 'NOTE' },
      line: (name: string, value: string) => `${name}: ${value}`,
    },
  }
}

export const connectionTestStrings = inTheirLanguage({ en })
