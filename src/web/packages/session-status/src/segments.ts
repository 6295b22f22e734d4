import { type Check, array, integer, number, shape, text } from '@playhead/live/check'

/** A segment of the transcript, with its times in the audio in seconds. */
export interface Segment {
  readonly index: number
  readonly start_s: number
  readonly end_s: number
  readonly text: string
}

const parseTranscript = shape({
  segments: array(shape<Segment>({ index: integer, start_s: number, end_s: number, text })),
})

/** Checks a transcript, or a part of one. @throws if it is not one. */
export const parseSegments: Check<readonly Segment[]> = (payload) => parseTranscript(payload).segments

/**
 * Adds segments to a transcript, each index once, in order.
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
