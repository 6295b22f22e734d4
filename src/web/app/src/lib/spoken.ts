import type { Segment } from '@playhead/session-status'

/**
 * The index of the segment that is heard at `second`, also in the pause after it; undefined before the first one, and
 * after the last: what is said there is not known yet.
 */
export function spokenAt(segments: readonly Segment[], second: number): number | undefined {
  let [low, high] = [0, segments.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((segments[middle]?.start_s ?? Infinity) <= second) low = middle + 1
    else high = middle
  }
  const last = segments[low - 1]
  if (last === undefined || (low === segments.length && second >= last.end_s)) return undefined
  return low - 1
}
