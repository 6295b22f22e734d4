import type { Segment } from '@playhead/session-status'
import { type CSSProperties, type KeyboardEvent, type MouseEvent, type SyntheticEvent, memo, useEffect, useRef, useState } from 'react'
import { formats } from '../strings/index.ts'
import { playerStrings } from '../strings/player.ts'
import styles from './Words.module.css'

interface Props {
  readonly segments: readonly Segment[]
  /** What is spoken, as a BCP 47 tag: who listens to the page hears it by that voice (WCAG 3.1.2). */
  readonly language: string | null
  /** The index of the line that is heard. */
  readonly spoken: number | undefined
  /** The keyboard enters the lines at the last one, and not at the first. */
  readonly fromEnd: boolean
  /** Undefined while there is no recording to play. */
  readonly onPlayFrom: ((second: number) => void) | undefined
}

/**
 * So many lines make a block: few enough to be laid out within a frame, enough that a transcript of hours has hundreds of
 * blocks and not thousands, since each is looked at whenever something moves.
 */
const BLOCK = 50

/** So many channels have a colour of their own, then they begin anew: calls have two. */
const VOICE_COLOURS = 4

/** A second click within it selects a word, and is no wish to hear the line. Systems allow up to 500 ms; few take so long. */
const DOUBLE_CLICK_MS = 300

/**
 * The lines of a transcript, each to be heard by a click on it. By keyboard its time does that: one of the times is in the
 * tab order, and arrows lead to the others.
 */
export const Words = memo(function Words({ segments, language, spoken, fromEnd, onPlayFrom }: Props) {
  const [focused, setFocused] = useState<number>()
  const entry = focused ?? (fromEnd ? segments.length - 1 : (spoken ?? 0))
  const soon = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(() => () => clearTimeout(soon.current), [])

  function onKeyDown(event: KeyboardEvent<HTMLDivElement>) {
    const to = lineAfter(event.key, entry, segments.length)
    if (to === undefined || !(event.target instanceof HTMLButtonElement)) return
    event.preventDefault()
    event.currentTarget.querySelectorAll('button')[to]?.focus()
  }

  function onClick(event: MouseEvent<HTMLDivElement>) {
    clearTimeout(soon.current)
    const segment = segments[lineOf(event)]
    if (segment === undefined || !meansToPlay(event)) return
    const play = () => onPlayFrom?.(segment.start_s)
    if (event.target instanceof HTMLButtonElement) play()
    else if (event.detail < 2) soon.current = setTimeout(play, DOUBLE_CLICK_MS)
  }

  return (
    // The keys and clicks are those of its buttons, heard where they meet; a line is only a larger place to click.
    // oxlint-disable-next-line jsx-a11y/no-static-element-interactions, jsx-a11y/click-events-have-key-events
    <div
      className={onPlayFrom && styles.playable}
      onKeyDown={onKeyDown}
      onClick={onClick}
      // Wherever the focus comes from, the arrows go on from there.
      onFocus={(event) => setFocused(lineOf(event))}
      onBlur={() => setFocused(undefined)}
    >
      {blocksOf(segments).map((lines, index) => (
        <Block
          // oxlint-disable-next-line react/no-array-index-key -- the blocks of a transcript are numbered
          key={index}
          lines={lines}
          channelBefore={segments[index * BLOCK - 1]?.channel}
          language={language}
          spoken={inBlock(index, spoken)}
          entry={inBlock(index, entry)}
          playable={onPlayFrom !== undefined}
        />
      ))}
    </div>
  )
})

/** The line that something happened on; -1 if it was none. */
function lineOf({ target, currentTarget }: SyntheticEvent<HTMLDivElement>): number {
  const line = target instanceof Element ? target.closest('li') : null
  return [...currentTarget.querySelectorAll('li')].findIndex((it) => it === line)
}

/** A time always does; a line does not where its text was being selected, or the click was meant for the browser. */
function meansToPlay({ target, altKey, ctrlKey, metaKey, shiftKey }: MouseEvent): boolean {
  if (target instanceof HTMLButtonElement) return true
  return !altKey && !ctrlKey && !metaKey && !shiftKey && getSelection()?.isCollapsed !== false
}

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
  /** That of the line before them. */
  readonly channelBefore: number | undefined
  readonly language: string | null
  readonly spoken: number | undefined
  readonly entry: number | undefined
  readonly playable: boolean
}

const Block = memo(function Block({ lines, channelBefore, language, spoken, entry, playable }: BlockProps) {
  return (
    <ol className={styles.block} style={{ '--lines': lines.length } as CSSProperties}>
      {lines.map((segment, index) => (
        <Line
          key={segment.index}
          segment={segment}
          isTurn={segment.channel !== (index === 0 ? channelBefore : lines[index - 1]?.channel)}
          language={language}
          isSpoken={segment.index === spoken}
          isEntry={segment.index === entry}
          playable={playable}
        />
      ))}
    </ol>
  )
}, isSameBlock)

/** Segments are only ever added at the end, and keep their identity. */
function isSameBlock(a: BlockProps, b: BlockProps): boolean {
  const same = a.lines.length === b.lines.length && a.lines[0] === b.lines[0] && a.lines.at(-1) === b.lines.at(-1)
  return same && a.language === b.language && a.spoken === b.spoken && a.entry === b.entry && a.playable === b.playable
}

interface LineProps {
  readonly segment: Segment
  /** Whether another channel spoke before it. */
  readonly isTurn: boolean
  readonly language: string | null
  readonly isSpoken: boolean
  readonly isEntry: boolean
  readonly playable: boolean
}

const Line = memo(function Line({ segment: { start_s, text, channel }, isTurn, language, isSpoken, isEntry, playable }: LineProps) {
  const time = formats.clock(start_s)
  const words = (
    <span lang={language ?? undefined} dir="auto">
      {text.trim()}
    </span>
  )
  return (
    <li className={styles.line} aria-current={isSpoken ? 'true' : undefined}>
      <button
        type="button"
        className={styles.time}
        tabIndex={isEntry ? 0 : -1}
        aria-label={playerStrings.playFrom(time)}
        aria-disabled={!playable}
      >
        {time}
      </button>
      {channel === undefined ? (
        words
      ) : (
        <span className={styles.voice} data-voice={(channel - 1) % VOICE_COLOURS}>
          {/* Each line has it for those who listen; those who look see it where it changes. */}
          <b className={isTurn ? styles.channel : 'visually-hidden'}>
            {playerStrings.channel(channel)}
            <span className="visually-hidden">:</span>
          </b>{' '}
          {words}
        </span>
      )}
    </li>
  )
})
