import type { Segment } from '@playhead/session-status'
import { memo } from 'react'
import { useFollow } from '../lib/useFollow.ts'
import { formats, strings } from '../strings/index.ts'
import { Button } from './Button.tsx'
import styles from './Transcript.module.css'

/** The words as they come. It follows them until the reader scrolls up, and again from the end on. */
export function Transcript({ segments, live }: { segments: readonly Segment[]; live: boolean }) {
  const { scroller, following, onScroll, toEnd } = useFollow(segments.length, live)
  return (
    <section className={styles.transcript} aria-labelledby="transcript">
      <h2 id="transcript">{strings.transcript.title}</h2>
      {segments.length === 0 ? (
        <p className={styles.empty}>{live ? strings.transcript.toCome : strings.transcript.none}</p>
      ) : (
        // It scrolls, so the keyboard must be able to reach it.
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        <div ref={scroller} className={styles.scroller} onScroll={onScroll} tabIndex={0} role="group" aria-label={strings.transcript.words}>
          <ol>
            {segments.map((segment) => (
              <Line key={segment.index} segment={segment} />
            ))}
          </ol>
        </div>
      )}
      {live && !following && (
        <div className={styles.jump}>
          <Button look="primary" onClick={toEnd}>
            {strings.transcript.follow}
          </Button>
        </div>
      )}
    </section>
  )
}

const Line = memo(function Line({ segment }: { segment: Segment }) {
  return (
    <li className={styles.line}>
      <span className={styles.time}>{formats.clock(segment.start_s)}</span>
      <span>{segment.text.trim()}</span>
    </li>
  )
})
