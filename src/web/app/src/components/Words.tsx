import type { Segment } from '@playhead/session-status'
import { type KeyboardEvent, memo, useState } from 'react'
import { formats, strings } from '../strings/index.ts'
import styles from './Words.module.css'

interface Props {
  readonly segments: readonly Segment[]
  /** The index of the line that is heard. */
  readonly spoken: number | undefined
  readonly onPlayFrom: (second: number) => void
}

/** The lines of a transcript, each with the time to hear it from. One of them is in the tab order; arrows lead to the others. */
export const Words = memo(function Words({ segments, spoken, onPlayFrom }: Props) {
  const [focused, setFocused] = useState<number>()
  const entry = focused ?? spoken ?? 0

  function onKeyDown(event: KeyboardEvent<HTMLOListElement>) {
    const to = lineAfter(event.key, entry, segments.length)
    if (to === undefined || !(event.target instanceof HTMLButtonElement)) return
    event.preventDefault()
    event.currentTarget.querySelectorAll('button')[to]?.focus()
    setFocused(to)
  }

  return (
    // The keys are those of its buttons, heard where they meet.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <ol onKeyDown={onKeyDown} onBlur={() => setFocused(undefined)}>
      {segments.map((segment) => (
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
})

function lineAfter(key: string, line: number, count: number): number | undefined {
  if (key === 'ArrowDown') return Math.min(count - 1, line + 1)
  if (key === 'ArrowUp') return Math.max(0, line - 1)
  if (key === 'Home') return 0
  if (key === 'End') return count - 1
  return undefined
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
