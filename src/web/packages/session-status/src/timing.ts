/** Every wait of this package, with its reason. All in milliseconds. */

/**
 * From the start of an attempt to its first event. Counted from the start, not from `open`: a buffering proxy may hold
 * the headers as well, and then `open` comes only when the stream ends. Six seconds spare a slow mobile handshake.
 */
export const FIRST_EVENT_MS = 6_000

/** A page that knows nothing yet asks once, if the stream has not spoken by then: most have. */
export const SNAPSHOT_MS = 1_000

/** Assumed until `hello` says otherwise. */
export const DEFAULT_HEARTBEAT_MS = 15_000

/** A probe counts only after two events this far apart: a buffering proxy delivers its first burst at one moment. */
export const PROOF_GAP_MS = 500

/** How long a stream must have delivered before its past failures are forgiven. */
export const STABLE_MS = 10_000

/**
 * How many times as long as one that fell silent, before that is forgiven: a path that delivers for 20 s and then goes
 * mute does so again, a little sooner or later.
 */
export const OUTLIVE = 2

/** Failed attempts in a row after which polling is no longer a bridge but the fallback. */
export const MAX_STREAM_FAILURES = 3

/** Streams in a row whose events were swallowed: a path that does it twice does it always. */
export const MAX_MUTES = 2

/** How long such a path is remembered in the tab, over reloads: networks change. */
export const MUTE_MEMORY_MS = 30 * 60_000

/** Between polls until the server names its own pace. */
export const DEFAULT_POLL_MS = 3_000

/** Something is this much older than it need be before a person is told how old it is. */
export const BEHIND_MS = 2_000

/** A stream that is further behind is worse than polls would be: a poll every 3 s, and a second for its answer. */
export const LAG_MS = DEFAULT_POLL_MS + 1_000

/**
 * From a late status to the question whether the path holds it back: the rest of a burst has come by then, and the next one
 * of a proxy that delivers every five seconds has not.
 */
export const SUSPECT_MS = 1_500

/** Late heartbeats leave it when that comes again: not for one hiccup of the network, whose events come all at once. */
export const LAG_GAP_MS = 2_000

/** A heartbeat that was late longer ago is no habit: four more have come since. */
export const LAG_MEMORY_MS = 60_000

/** What comes within a moment comes at once. */
export const MOMENT_MS = 1_000

/** While a session is worked on there is news each second or two: such a silence is worth a question. */
export const ASK_MS = 6_000

/** A stream that came back by a probe and dies before then was no good: the next probe waits longer. */
export const TRUST_MS = 30_000

/** A mode that has delivered for so long has settled: a shorter one is flapping, of which nobody needs to hear. */
export const SETTLED_MS = 5_000

/** Between polls while the page is hidden: for its title, and for what is done at the end. */
export const SLOW_POLL_MS = 30_000

/** Each poll that was too often (429) doubles the pace, up to so many times: 3 s become 24. */
export const MAX_SLOWDOWN = 8

/** Each answer takes back a tenth of that, so that a limit that is still there is met about every seventh poll, not every other. */
export const SLOWDOWN_EASE = 0.9

/**
 * How long a hidden page keeps its stream. Over HTTP/1.1 a browser has six connections to a host, whatever the number
 * of tabs, and streams in the background would starve the one in sight; HTTP/2 and 3 have about a hundred.
 */
export const HIDE_MS = 30_000
export const HIDE_SHARED_MS = 5 * 60_000

/** A timer this late was held back, as in a page that was hidden or asleep: what arrived meanwhile is heard first. */
export const LATE_MS = 1_000

/** Longer than this, about 24 days, browsers do not wait at all: a server that asks for more is still obeyed. */
export const MAX_TIMER_MS = 2 ** 31 - 1

/** A poll that is not answered by then is lost. */
export const POLL_TIMEOUT_MS = 10_000

/** Bounds of the pace that a server may ask for: a slip of it must neither start a flood nor end the polling. */
export const MIN_POLL_MS = 500
export const MAX_POLL_MS = 5 * 60_000

/** The same for the heartbeat that it promises. */
export const MIN_HEARTBEAT_MS = 1_000
export const MAX_HEARTBEAT_MS = 5 * 60_000

/** A question that is younger is not asked again, however often a page is hidden and shown. */
export const ASK_GAP_MS = 1_000

/** A gap between two streams that is longer is bridged by polling. */
export const BRIDGE_MS = 5_000

/** How far the wall clock must have run ahead of the page's own for the machine to have slept: more than it is ever set by. */
export const SLEPT_MS = 10_000

/** How long the server may hold a `wait`; it cuts anything above 25 s. */
export const WAIT_S = 20

/** A held request gets its wait on top of the ordinary patience. */
export const WAIT_TIMEOUT_MS = WAIT_S * 1_000 + POLL_TIMEOUT_MS

/** Between two waits, so that a server that answers at once is not hammered. */
export const WAIT_GAP_MS = 250

/** Spreads the readers that come back together after a drain or a lifted kill switch. */
export const HERD_JITTER_MS = 1_000

/** After the last subscriber left: covers StrictMode's second mount and a change of route. */
export const LINGER_MS = 1_500

/** Between two questions for words that the server keeps back: a flag that lets them through shows within a minute. */
export const WITHHELD_MS = 60_000

/** Tries for the last words of a session that is final, for about nine minutes. Before, it is tried for as long as it goes on. */
export const MAX_LAST_TRANSCRIPT_FAILURES = 20

const BACKOFF_BASE_MS = 1_000
const BACKOFF_CAP_MS = 30_000

/** When to try the stream again while polling works: seldom, and seldomer with each failure. */
const PROBE_STEPS_MS: readonly number[] = [30_000, 60_000, 120_000]
const PROBE_MAX_MS = 300_000

/** The nearest value within the bounds. */
export function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most)
}

/** Silence that proves a stream dead: two lost heartbeats and slack, never less than one and 10 s. */
export function silenceMs(heartbeatMs: number): number {
  return Math.max(2.5 * heartbeatMs, heartbeatMs + 10_000)
}

/** Between half and all of 1, 2, 4 … 30 s, so that readers cut off together do not return together. */
export function backoffMs(failures: number, random: number): number {
  const full = Math.min(BACKOFF_CAP_MS, BACKOFF_BASE_MS * 2 ** Math.max(0, failures - 1))
  return full * (0.5 + random / 2)
}

/** Up to half of a wait, on top of it: where Redis is away, the streams of all readers fall silent together. */
export function spreadMs(ms: number, random: number): number {
  return (ms * random) / 2
}

/** Between 100 and 120 % of the step for this probe. */
export function probeMs(probes: number, random: number): number {
  const step = PROBE_STEPS_MS[probes] ?? PROBE_MAX_MS
  return step * (1 + random / 5)
}
