import type { Segment } from '@playhead/session-status'
import { type CSSProperties, type KeyboardEvent, memo, useState } from 'react'
import { formats, strings } from '../strings/index.ts'
import styles from './Words.module.css'

interface Props {
  readonly segments: readonly Segment[]
  /** The index of the line that is heard. */
  readonly spoken: number | undefined
  readonly onPlayFrom: (second: number) => void
}

/**
 * So many lines make a block: few enough to be laid out within a frame, enough that a transcript of hours has hundreds of
 * blocks and not thousands, since each is looked at whenever something moves.
 */
const BLOCK = 50

/** The lines of a transcript, each with the time to hear it from. One of them is in the tab order; arrows lead to the others. */
export const Words = memo(function Words({ segments, spoken, onPlayFrom }: Props) {
  const [focused, setFocused] = useState<number>()
  const entry = focused ?? spoken ?? 0

  function onKeyDown(event: KeyboardEvent<HTMLDivElement>) {
    const to = lineAfter(event.key, entry, segments.length)
    if (to === undefined || !(event.target instanceof HTMLButtonElement)) return
    event.preventDefault()
    event.currentTarget.querySelectorAll('button')[to]?.focus()
    setFocused(to)
  }

  return (
    // The keys are those of its buttons, heard where they meet.
    // oxlint-disable-next-line jsx-a11y/no-static-element-interactions
    <div onKeyDown={onKeyDown} onBlur={() => setFocused(undefined)}>
      {blocksOf(segments).map((lines, index) => (
        <Block
          // oxlint-disable-next-line react/no-array-index-key -- the blocks of a transcript are numbered
          key={index}
          lines={lines}
          spoken={inBlock(index, spoken)}
          entry={inBlock(index, entry)}
          onPlayFrom={onPlayFrom}
        />
      ))}
    </div>
  )
})

function blocksOf(segments: readonly Segment[]): readonly (readonly Segment[])[] {
  return Array.from({ length: Math.ceil(segments.length / BLOCK) }, (_, index) =>
    segments.slice(index * BLOCK, (index + 1) * BLOCK),
  )
}

/** The line, if it is one of this block's: the others need not know. */
function inBlock(index: number, line: number | undefined): number | undefined {
  return line !== undefined && Math.floor(line / BLOCK) === index ? line : undefined
}

function lineAfter(key: string, line: number, count: number): number | undefined {
  if (key === 'ArrowDown') return Math.min(count - 1, line + 1)
  if (key === 'ArrowUp') return Math.max(0, line - 1)
  if (key === 'Home') return 0
  if (key === 'End') return count - 1
  return undefined
}

interface BlockProps {
  readonly lines: readonly Segment[]
  readonly spoken: number | undefined
  readonly entry: number | undefined
  readonly onPlayFrom: (second: number) => void
}

const Block = memo(function Block({ lines, spoken, entry, onPlayFrom }: BlockProps) {
  return (
    <ol className={styles.block} style={{ '--lines': lines.length } as CSSProperties}>
      {lines.map((segment) => (
        <Line
          key={segment.index}
          segment={segment}
          isSpoken={segment.index === spoken}
          isEntry={segment.index === entry}
          onPlayFrom={onPlayFrom}
        />
      ))}
    </ol>
  )
}, isSameBlock)

/** Segments are only ever added at the end, and keep their identity. */
function isSameBlock(a: BlockProps, b: BlockProps): boolean {
  const same = a.lines.length === b.lines.length && a.lines[0] === b.lines[0] && a.lines.at(-1) === b.lines.at(-1)
  return same && a.spoken === b.spoken && a.entry === b.entry && a.onPlayFrom === b.onPlayFrom
}

interface LineProps {
  readonly segment: Segment
  readonly isSpoken: boolean
  readonly isEntry: boolean
  readonly onPlayFrom: (second: number) => void
}

const Line = memo(function Line({ segment: { start_s, text }, isSpoken, isEntry, onPlayFrom }: LineProps) {
  const time = formats.clock(start_s)
  return (
    <li className={styles.line} aria-current={isSpoken ? 'true' : undefined}>
      <button
        type="button"
        className={styles.time}
        tabIndex={isEntry ? 0 : -1}
        aria-label={strings.player.playFrom(time)}
        onClick={() => onPlayFrom(start_s)}
      >
        {time}
      </button>
      <span className={styles.text}>{text.trim()}</span>
    </li>
  )
})
