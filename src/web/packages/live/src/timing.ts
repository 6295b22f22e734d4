/** All waits of the package, in milliseconds, with their reasons. */

/**
 * From the start of an attempt to its first event. It runs from the start, not from `open`, because a buffering proxy may
 * hold the headers as well until the stream ends. Six seconds allow for a slow mobile handshake.
 */
export const FIRST_EVENT_MS = 6_000

/** A page without a status polls once, if the stream has not delivered by then; most have. */
export const SNAPSHOT_MS = 1_000

/** The heartbeat's interval until `hello` sets it. */
export const DEFAULT_HEARTBEAT_MS = 15_000

/** A probe succeeds only after two events this far apart: a buffering proxy delivers its first burst at one moment. */
export const PROOF_GAP_MS = 500

/** The longest time for which a probe goes on beside polls, to show that it does not stall as the ones before. */
export const MAX_PROOF_MS = 120_000

/** How long a stream must deliver before past failures are reset. */
export const STABLE_MS = 10_000

/**
 * How many times as long as a stream that stalled the next must deliver before that is reset: a path that delivers for
 * 20 s and then stalls does so again, a little sooner or later.
 */
export const OUTLIVE = 2

/** Failed attempts in a row after which polling is the fallback, not a bridge to the next attempt. */
export const MAX_STREAM_FAILURES = 3

/** Streams in a row whose events were held back, after which the path counts as one that always does that. */
export const MAX_SILENT_FAILURES = 2

/** How long the tab stores such a path, over reloads; not for ever, because networks change. */
export const MUTE_MEMORY_MS = 30 * 60_000

/** Between polls until the server sets the poll delay. */
export const DEFAULT_POLL_MS = 3_000

/** The lag from which `behindMs` is shown to people. */
export const BEHIND_MS = 2_000

/** A stream with more lag is worse than polls: one every 3 s, and a second for its response. */
export const LAG_MS = DEFAULT_POLL_MS + 1_000

/**
 * From a late status to the poll that checks whether the path holds it back: the rest of a burst has come by then, and the
 * next one of a proxy that delivers every five seconds has not.
 */
export const SUSPECT_MS = 1_500

/** Late heartbeats end a stream only if it happens twice this far apart: in one hiccup of the network all come at once. */
export const LAG_GAP_MS = 2_000

/** A late heartbeat longer ago does not count: four more have come since. */
export const LAG_MEMORY_MS = 60_000

/** Events closer together than this count as one burst. */
export const MOMENT_MS = 1_000

/** A job that is processed has a new status every second or two: after such a silence one poll checks. */
export const ASK_MS = 6_000

/** A stream from a probe that ends before then counts as failed: the next probe waits longer. */
export const TRUST_MS = 30_000

/** A mode must deliver for so long before `onModeChange`: shorter ones are flapping. */
export const SETTLED_MS = 5_000

/** Between polls while the page is hidden, for its title and for `onComplete`. */
export const SLOW_POLL_MS = 30_000

/** Each 429 doubles the poll delay, up to this factor: 3 s become 24. */
export const MAX_SLOWDOWN = 8

/** Each success multiplies the factor by this, so that a limit is hit about every seventh poll, not every other. */
export const SLOWDOWN_EASE = 0.9

/**
 * How long a hidden page keeps its stream. Over HTTP/1.1 a browser has six connections to a host for all tabs together, and
 * streams in hidden tabs would block the visible one; HTTP/2 and 3 have about a hundred.
 */
export const HIDE_MS = 30_000
export const HIDE_SHARED_MS = 5 * 60_000

/** A timer this late was delayed, as in a hidden or sleeping page: queued events are delivered before it runs. */
export const LATE_MS = 1_000

/** The longest timer of browsers, about 24 days; longer ones would run at once, so they are split. */
export const MAX_TIMER_MS = 2 ** 31 - 1

/** The timeout of a poll. */
export const POLL_TIMEOUT_MS = 10_000

/** Bounds of the poll delay that a server may set, so that its mistakes neither flood it nor end the polling. */
export const MIN_POLL_MS = 500
export const MAX_POLL_MS = 5 * 60_000

/** Bounds of the heartbeat's interval that a server may set. */
export const MIN_HEARTBEAT_MS = 1_000
export const MAX_HEARTBEAT_MS = 5 * 60_000

/** A poll younger than this is not repeated, however often a page is hidden and shown. */
export const ASK_GAP_MS = 1_000

/** A longer gap between two streams is bridged by polling. */
export const BRIDGE_MS = 5_000

/** The machine slept if the wall clock gained more than this on the monotonic one: more than a usual correction. */
export const SLEPT_MS = 10_000

/** How long the server may hold a long poll; it allows at most 25 s, because many proxies end a request after 30 s. */
export const WAIT_MS = 20_000

/** A long poll that ends sooner counts as cut after as long: the next is not shorter than a poll's usual delay. */
export const CUT_MS = 5_000

/** Between the answer to a long poll and the next one: the server joins the changes of that time. */
export const WAIT_GAP_MS = 500

/** Spreads the clients that reconnect together after a drain or a lifted kill switch. */
export const HERD_JITTER_MS = 1_000

/** After the last subscriber left; covers StrictMode's second mount and a change of route. */
export const LINGER_MS = 1_500

const BACKOFF_BASE_MS = 1_000
const BACKOFF_CAP_MS = 30_000

/** Delays before the next probe while polling works, longer with each failure. */
const PROBE_STEPS_MS: readonly number[] = [30_000, 60_000, 120_000]
const PROBE_MAX_MS = 300_000

/** Limits a value to the bounds. */
export function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most)
}

/** The silence after which a stream counts as dead: two lost heartbeats and slack, never less than one and 10 s. */
export function silenceMs(heartbeatMs: number): number {
  return Math.max(2.5 * heartbeatMs, heartbeatMs + 10_000)
}

/** Between half and all of 1, 2, 4 … 30 s, so that clients that are cut off together do not reconnect together. */
export function backoffMs(failures: number, random: number): number {
  const full = Math.min(BACKOFF_CAP_MS, BACKOFF_BASE_MS * 2 ** Math.max(0, failures - 1))
  return full * (0.5 + random / 2)
}

/** Adds up to half to a wait: when Redis is gone, all streams fall silent together. */
export function spreadMs(ms: number, random: number): number {
  return (ms * random) / 2
}

/** Between 100 and 120 % of the delay for this probe. */
export function probeMs(probes: number, random: number): number {
  const step = PROBE_STEPS_MS[probes] ?? PROBE_MAX_MS
  return step * (1 + random / 5)
}
