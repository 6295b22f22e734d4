import type { Finding, Measured, MeasuredStream, Pattern } from '../api/doctor.ts'
import { connectionTestStrings } from '../strings/connectionTest.ts'
import { type Progress, SAMPLES } from './connectionTest.ts'
import { isStream } from './streamTiming.ts'

const words = connectionTestStrings.checks

export type CheckId = keyof typeof words.names

/** One line of what is measured. Whether it is wrong the server's verdict says. */
export interface ConnectionCheck {
  readonly id: CheckId
  /** Undefined: it is not measured yet. */
  readonly value: string | undefined
  /** Undefined: no finding is about it. */
  readonly level: Finding['level'] | undefined
}

const STREAMS: readonly CheckId[] = ['firstEvent', 'small', 'large']
const SMALL: readonly CheckId[] = ['small']
/** What each finding is about; those that are not here are about the whole way. */
const ABOUT: Readonly<Record<string, readonly CheckId[]>> = {
  held: STREAMS,
  held_compressed: ['compression', ...STREAMS],
  held_small: ['firstEvent', 'small'],
  held_by_time: STREAMS,
  held_later: ['large'],
  one_behind: SMALL,
  cut_early: SMALL,
  silent: SMALL,
  replayed: SMALL,
  delayed: SMALL,
  challenge: STREAMS,
  sign_in_page: STREAMS,
  error_page: STREAMS,
  slow: ['large'],
  compressed: ['compression'],
  http_1_0: ['version'],
  clock: ['clock'],
}
/** Clocks that differ by less, beyond what the measurement may be wrong by, are the same to a person. */
const CLOCK_MS = 1_000

const isOf = (wanted: Pattern) => (stream: MeasuredStream) => stream.pattern === wanted && stream.variant === 'page'

/** All checks in the order in which they are measured. */
export function checksOf({ measured, reading }: Progress, findings: readonly Finding[] = []): readonly ConnectionCheck[] {
  const short = [...measured.streams, ...reading].filter(isOf('short'))
  const values: Readonly<Record<CheckId, string | undefined>> = {
    requests: measured.round_trips_ms.length < SAMPLES ? undefined : words.time(median(measured.round_trips_ms)),
    version: versionOf(measured),
    clock: clockOf(measured),
    firstByte: quickest(short.map(({ first_byte_ms }) => first_byte_ms)),
    firstEvent: quickest(short.map(({ events }) => events[0]?.arrived_ms ?? null)),
    small: streamsOf(measured, 'short'),
    large: streamsOf(measured, 'large'),
    compression: compressionOf(measured),
  }
  const levelOf = (id: CheckId) => findings.find((finding) => ABOUT[finding.id]?.includes(id))?.level
  return (Object.keys(words.names) as CheckId[]).map((id) => ({ id, value: values[id], level: levelOf(id) }))
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((one, other) => one - other)[Math.floor(numbers.length / 2)] ?? 0
}

function versionOf({ received, streams }: Measured): string | undefined {
  const [stream] = streams
  if (received === null || stream === undefined) return undefined
  const there = received.http_version
  return stream.http_version === '' ? words.versionThere(there) : words.version(stream.http_version, there)
}

function clockOf({ clock_ms, round_trips_ms }: Measured): string | undefined {
  if (clock_ms === null || round_trips_ms.length < SAMPLES) return undefined
  const [offset, error] = clock_ms
  if (Math.abs(offset) - error <= CLOCK_MS) return words.clockSame(Math.abs(offset) + error)
  return offset > 0 ? words.clockBehind(offset) : words.clockAhead(-offset)
}

function quickest(times: readonly (number | null)[]): string | undefined {
  const known = times.filter((ms) => ms !== null)
  return known.length === 0 ? undefined : words.time(Math.min(...known))
}

/** Of the one that came the most at once: a proxy that holds streams back does so with each, a lucky one hides nothing. */
function streamsOf({ streams }: Measured, wanted: Pattern): string | undefined {
  const [worst] = streams.filter(isOf(wanted)).toSorted((one, other) => cameWithin(one) - cameWithin(other))
  return worst && streamLine(worst)
}

function cameWithin({ events }: MeasuredStream): number {
  const [first, last] = [events.at(0), events.at(-1)]
  return first === undefined || last === undefined ? -1 : last.arrived_ms - first.arrived_ms
}

function streamLine(stream: MeasuredStream): string {
  const { status, headers, events, end, ended_ms } = stream
  if (status !== 0 && !isStream(status, headers)) return words.refused(status)
  const [first, last] = [events.at(0), events.at(-1)]
  if (first === undefined || last === undefined) return words.nothing(ended_ms)
  const spread = words.spread(events.length, last.sent_at - first.sent_at, cameWithin(stream))
  if (end === 'cut') return words.cut(spread)
  return end === 'silent' ? words.silent(spread) : spread
}

function compressionOf({ streams }: Measured): string | undefined {
  const encodings = streams.filter(({ variant, status, headers }) => variant === 'page' && isStream(status, headers)).map(({ headers }) => headers['content-encoding'] ?? words.uncompressed)
  return encodings.length === 0 ? undefined : [...new Set(encodings)].join(', ')
}
