import { type ConnectionVerdict, judge, type Measured, type MeasuredStream, type Pattern, type Received, type Variant } from '../api/doctor.ts'
import { ApiError, parse, send } from '../api/http.ts'
import { strings } from '../strings/index.ts'
import { readStream } from './readStream.ts'
import { notedHeaders, rounded } from './streamTiming.ts'

/** A header that is sent to see whether it arrives. */
const PROBE_HEADER = 'X-Playhead-Probe'
/** Small requests. The first may open the connection; the quickest tells the clock best. */
export const SAMPLES = 3
const ANSWER_MS = 10_000
const VERSIONS: Readonly<Record<string, string>> = { 'http/1.0': '1.0', 'http/1.1': '1.1', h2: '2', h3: '3' }

/** How far a test is. */
export interface Progress {
  readonly measured: Measured
  /** What is being read. */
  readonly reading: readonly MeasuredStream[]
}

export interface Tested {
  readonly measured: Measured
  readonly verdict: ConnectionVerdict
  /** When, in ms since 1970. */
  readonly at: number
}

export const nothingYet = (): Progress => ({
  measured: {
    url: location.origin,
    probe: 'page',
    streams: [],
    login: 0,
    headers: {},
    sent: [PROBE_HEADER],
    received: null,
    round_trips_ms: [],
    clock_ms: null,
  },
  reading: [],
})

/**
 * Measures the way to this site, and gets the verdict. The server judges, also whether enough was measured.
 *
 * @throws ApiError - the server cannot be reached, or refuses small requests or what was measured.
 */
export async function testConnection(signal: AbortSignal, onProgress: (progress: Progress) => void): Promise<Tested> {
  let { measured } = nothingYet()
  const show = (reading: readonly MeasuredStream[] = []) => signal.aborted || onProgress({ measured, reading })

  /** Side by side, each of another pattern. Two at most: a third would take the place of the first. */
  async function read(...chosen: readonly (readonly [Pattern, Variant])[]) {
    const reading = new Map<Pattern, MeasuredStream>()
    const onPiece = (stream: MeasuredStream) => show([...reading.set(stream.pattern, stream).values()])
    const httpVersion = spokenHere()
    await Promise.all(
      chosen.map(async ([pattern, variant]) => {
        const stream = await readStream(pattern, { variant, signal, httpVersion, onPiece })
        reading.delete(pattern)
        measured = { ...measured, streams: [...measured.streams, stream] }
        show([...reading.values()])
      }),
    )
  }

  for (let sample = 0; sample < SAMPLES; sample += 1) {
    // oxlint-disable-next-line no-await-in-loop -- side by side they would measure each other
    measured = withSample(measured, await smallRequest(signal))
    show()
  }
  // Twice, for once a lost packet looks like a proxy.
  await read(['short', 'page'], ['large', 'page'])
  await read(['short', 'page'], ['large', 'page'])
  let verdict = await judge(measured)
  if (!verdict.healthy && !verdict.findings.some(({ level }) => level === 'wrong')) {
    // The two differ.
    await read(['short', 'page'], ['large', 'page'])
    verdict = await judge(measured)
  }
  if (verdict.findings.some(({ id }) => id === 'held')) {
    // To their end, or in batches? Only a stream that lasts longer than a batch tells. Or by a compressor?
    await read(['steady', 'page'], ['short', 'identity'])
    verdict = await judge(measured)
  }
  signal.throwIfAborted()
  return { measured, verdict, at: Date.now() }
}

interface Sample {
  readonly received: Received
  readonly headers: Readonly<Record<string, string>>
  readonly beganAt: number
  readonly tookMs: number
}

async function smallRequest(signal: AbortSignal): Promise<Sample> {
  const waiting = new AbortController()
  const stop = () => waiting.abort()
  signal.addEventListener('abort', stop)
  const timer = setTimeout(stop, ANSWER_MS)
  try {
    const [beganAt, began] = [Date.now(), performance.now()]
    const response = await send('/doctor/request', { headers: { [PROBE_HEADER]: '1' }, cache: 'no-store', signal: waiting.signal })
    const body = await response.text()
    const tookMs = performance.now() - began
    return { received: parse<Received>(response.status, body), headers: notedHeaders(response.headers), beganAt, tookMs }
  } catch (error) {
    signal.throwIfAborted()
    throw error instanceof ApiError ? error : new ApiError(0, 'unreachable', strings.errors.unreachable)
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', stop)
  }
}

function withSample(measured: Measured, { received, headers, beganAt, tookMs }: Sample): Measured {
  const errorMs = rounded(tookMs / 2)
  // The server looked at its clock about half way.
  const clock = [Math.round(received.server_time - beganAt - errorMs), errorMs] as const
  const isBest = measured.clock_ms === null || errorMs < measured.clock_ms[1]
  return {
    ...measured,
    login: 200,
    headers,
    received,
    round_trips_ms: [...measured.round_trips_ms, rounded(tookMs)],
    clock_ms: isBest ? clock : measured.clock_ms,
  }
}

/** The version of HTTP that this browser speaks with the server, or with the proxy next to it; empty: it does not tell. */
export function spokenHere(): string {
  const entries = [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')] as PerformanceResourceTiming[]
  const ours = entries.findLast(({ name, nextHopProtocol }) => nextHopProtocol in VERSIONS && new URL(name).origin === location.origin)
  return ours === undefined ? '' : (VERSIONS[ours.nextHopProtocol] ?? '')
}
