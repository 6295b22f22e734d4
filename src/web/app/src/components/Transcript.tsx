import type { Segment } from '@playhead/session-status'
import { memo } from 'react'
import { clock } from '../lib/format.ts'
import { useFollow } from '../lib/useFollow.ts'
import { Button } from './Button.tsx'
import styles from './Transcript.module.css'

/** The words as they come. It follows them until the reader scrolls up, and again from the end on. */
export function Transcript({ segments, live }: { segments: readonly Segment[]; live: boolean }) {
  const { scroller, following, onScroll, toEnd } = useFollow(segments.length, live)
  return (
    <section className={styles.transcript} aria-labelledby="transcript">
      <h2 id="transcript">Transcript</h2>
      {segments.length === 0 ? (
        <p className={styles.empty}>{live ? 'The words appear here as they are heard.' : 'There are no words.'}</p>
      ) : (
        // It scrolls, so the keyboard must be able to reach it.
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        <div ref={scroller} className={styles.scroller} onScroll={onScroll} tabIndex={0} role="group" aria-label="Words">
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
            Follow the newest
          </Button>
        </div>
      )}
    </section>
  )
}

const Line = memo(function Line({ segment }: { segment: Segment }) {
  return (
    <li className={styles.line}>
      <span className={styles.time}>{clock(segment.start_s)}</span>
      <span>{segment.text.trim()}</span>
    </li>
  )
})
