import type { Segment } from '@playhead/session-status'
import { playerStrings } from '../strings/player.ts'

/** One line for each segment, with its channel where there are several. */
export function copiedText(segments: readonly Segment[]): string {
  return segments
    .filter(({ text }) => text.trim() !== '')
    .map(({ text, channel }) => (channel === undefined ? '' : `${playerStrings.channel(channel)}: `) + text.trim())
    .join('\n')
}
