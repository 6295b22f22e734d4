/**
 * The waits and bounds of measuring, in milliseconds, with their reasons. They are apart from those of the package because what
 * two chunks import, a bundler puts into a third.
 */

/** The first report in any case: whoever stays for so long has seen how it goes. */
export const FIRST_REPORT_MS = 40_000

/** Between two reports, but for the first of each harm and the last one. */
export const REPORT_MS = 60_000

/** From here on an update in a visible page was held back: a harm. Polls would have brought it three times over. */
export const HELD_MS = 10_000

/** A visible page without an event or an answer for so long has not been established: a harm. */
export const NO_DATA_MS = 5_000

/** A final status that is painted later than this is late: a harm. */
export const LATE_FINAL_MS = 5_000

/** Data are fresh for so many heartbeats: one may be a little late, two in a row are trouble. */
export const FRESH_HEARTBEATS = 1.5

/** A timer that is overdue by so much did not run because the page was asleep. The machine's own threshold is the same. */
export const ASLEEP_MS = 10_000

/** Samples of the clock that are kept; the one with the smallest round trip is used. */
export const CLOCK_SAMPLES = 8

/** A sample is discarded once the wall clock and the monotonic one differ from then by more: one of them jumped or stopped. */
export const CLOCK_JUMP_MS = 50

/** A version made so long before a stream ended, or before a poll overtook it, should have come by the stream: its event was lost. */
export const LOST_MS = 1_000

/**
 * A request takes no longer: one that is answered so long after a stream became live began while it was, and a report without an
 * answer for so long holds the next one back no more.
 */
export const REQUEST_MS = 10_000

/** From a change to its paint, where nobody could wait for the paint, because the measuring was not loaded yet. */
export const FRAME_MS = 16

/** Statuses that wait for one paint: a list may bring many in one frame; beyond this the page paints nothing. */
export const MAX_UNPAINTED = 256
