import { type Check, array, integer, number, optional, shape, text } from '@playhead/live/check'

/** A segment of the transcript, with its times in the audio in seconds. */
export interface Segment {
  readonly index: number
  readonly start_s: number
  readonly end_s: number
  readonly text: string
  /** The channel in which it was heard, from 1; undefined where channels are not heard apart. */
  readonly channel?: number | undefined
}

/** Segments of one revision of a transcript. */
export interface SegmentsPart {
  /** Grows when a session is transcribed again; 0 from a server that does not do that. */
  readonly revision: number
  readonly segments: readonly Segment[]
}

const channel = optional<number | undefined>(integer, undefined)

/** Checks a transcript, or a part of one. @throws if it is not one. */
export const parseSegments: Check<SegmentsPart> = shape({
  revision: optional(integer, 0),
  segments: array(shape<Segment>({ index: integer, start_s: number, end_s: number, text, channel })),
})

/**
 * Adds segments to those of the same revision, each index once, in order.
 *
 * Drops a segment that would leave a hole; `status.segments` then shows that some are missing, and they are read again.
 */
export function appendSegments(present: readonly Segment[], incoming: readonly Segment[]): readonly Segment[] {
  const merged = [...present]
  for (const segment of incoming) {
    if (segment.index === merged.length) merged.push(segment)
  }
  return merged.length === present.length ? present : merged
}
