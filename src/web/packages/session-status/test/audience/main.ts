/**
 * Many pages in one process: each line of the input opens the page of a person, who follows a session with the real client over a
 * real network, and reports what they saw as in a browser. Each line of the output is a change of a page: how it gets statuses, or
 * all that it has at the end. It ends with its input.
 *
 * `tests/support/audience.py` runs it.
 */
import { createInterface } from 'node:readline'
import { type Env, browserEnv, withHeaders } from '@playhead/live'
import { createSessionStatusClient } from '../../src/index.ts'

/** Who opens which page. */
interface Visit {
  readonly page: string
  readonly baseUrl: string
  readonly session: string
  readonly headers: Readonly<Record<string, string>>
}

const FRAME_MS = 16

/** Node as a page that is shown, whose paints take a frame. */
const platform: Env = {
  ...browserEnv(),
  nextFrame: (run) => browserEnv().after(FRAME_MS, run),
  afterPaint: (run) => void setTimeout(run, FRAME_MS),
  connectMs: () => undefined,
  presence: () => 'shown',
  isOnline: () => true,
  onChange: () => () => {},
  protocol: () => 'http/1.1',
  memory: () => 0,
}

function tell(fields: object) {
  process.stdout.write(`${JSON.stringify({ ...fields, at: Date.now() / 1_000 })}\n`)
}

function open({ page, baseUrl, session, headers }: Visit) {
  const client = createSessionStatusClient({ baseUrl, env: withHeaders(platform, headers) })
  let last = ''
  client.subscribe(session, {}, () => {
    const shown = client.getSnapshot(session)
    if (shown === undefined) return
    const { status, segments, connection } = shown
    const { phase, mode, reason = '' } = connection
    const isWhole = phase === 'done' && status !== undefined && segments.length >= status.segments
    const now = isWhole ? 'whole' : `${phase} ${mode} ${reason}`
    if (now === last) return
    last = now
    tell(isWhole ? { page, version: status.version, words: segments.map(({ text }) => text) } : { page, phase, mode, reason })
  })
}

for await (const line of createInterface({ input: process.stdin })) open(JSON.parse(line) as Visit)
process.exit()
