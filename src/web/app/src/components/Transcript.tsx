import { type Segment, type SessionStatus, isFinal } from '@playhead/session-status'
import type { Session } from '../api/types.ts'
import { durationOf } from '../lib/durationOf.ts'
import { useFollow } from '../lib/useFollow.ts'
import { usePlayer } from '../lib/usePlayer.ts'
import { useReadAlong } from '../lib/useReadAlong.ts'
import { strings } from '../strings/index.ts'
import { Button } from './Button.tsx'
import { Downloads } from './Downloads.tsx'
import { Player } from './Player.tsx'
import styles from './Transcript.module.css'
import { Words } from './Words.tsx'

interface Props {
  readonly session: Session
  readonly status: SessionStatus
  readonly segments: readonly Segment[]
  /** Whether the words can be had while they are heard, or only at the end. */
  readonly asHeard: boolean
  /** Reads now what could not be read before. */
  readonly onRetry: () => void
}

/** The recording and its words: to be heard, read, and taken away. The newest words are followed until the reader scrolls. */
export function Transcript({ session, status, segments, asHeard, onRetry }: Props) {
  const live = !isFinal(status)
  const player = usePlayer(segments)
  const follow = useFollow(live)
  useReadAlong(player, follow)
  const { scroller, following, onScroll, toEnd } = follow
  const some = segments.length > 0
  // All of them are asked for in pieces: until the last is there, a part must not pass as the whole.
  const missing = !live && some && segments.length < status.segments

  return (
    <section className={styles.transcript} aria-labelledby="transcript">
      <div className={styles.top}>
        <h2 id="transcript">{strings.transcript.title}</h2>
        <Downloads session={session} status={status} segments={segments} asHeard={asHeard} />
      </div>
      {/* The keys of the player, heard where its parts meet. */}
      {/* oxlint-disable-next-line jsx-a11y/no-static-element-interactions */}
      <div className={styles.panel} onKeyDown={player.onKeyDown}>
        <Player id={session.id} player={player} duration={durationOf({ session, status })} />
        {!some && <p className={styles.empty}>{whyEmpty(status, asHeard)}</p>}
        <div
          ref={scroller}
          className={styles.scroller}
          data-live={live}
          onScroll={onScroll}
          // It scrolls, so the keyboard must be able to reach it.
          // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
          tabIndex={0}
          role="group"
          aria-label={strings.transcript.words}
          hidden={!some}
        >
          <Words segments={segments} language={session.language} spoken={player.line} onPlayFrom={player.problem === undefined ? player.playFrom : undefined} />
        </div>
        {missing && (
          <div className={`late ${styles.missing}`}>
            <p role="status">{strings.transcript.missing(segments.length, status.segments)}</p>
            <Button onClick={onRetry}>{strings.common.tryAgain}</Button>
          </div>
        )}
        {live && some && !following && (
          <div className={styles.jump}>
            <Button look="primary" onClick={toEnd}>
              {strings.transcript.follow}
            </Button>
          </div>
        )}
      </div>
    </section>
  )
}

function whyEmpty({ state, segments }: SessionStatus, asHeard: boolean): string {
  const words = strings.transcript
  if (state === 'completed') return segments === 0 ? words.none : words.reading
  if (state === 'failed' || state === 'canceled') return words.noneYet
  return asHeard ? words.toCome : words.atEnd
}
