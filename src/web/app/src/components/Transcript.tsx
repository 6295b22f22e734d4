import { isFinal } from '@playhead/live'
import type { Segment, SessionStatus } from '@playhead/session-status'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import type { Session } from '../api/types.ts'
import { durationOf } from '../lib/durationOf.ts'
import { isGone } from '../lib/recording.ts'
import { useFollow } from '../lib/useFollow.ts'
import { PLAYER, useKeptFocus } from '../lib/useKeptFocus.ts'
import { useKeptPlace } from '../lib/useKeptPlace.ts'
import { usePlayer } from '../lib/usePlayer.ts'
import { useReadAlong } from '../lib/useReadAlong.ts'
import { useStickyEdge } from '../lib/useStickyEdge.ts'
import { strings } from '../strings/index.ts'
import { Button } from './Button.tsx'
import { Failure } from './Failure.tsx'
import { Player } from './Player.tsx'
import styles from './Transcript.module.css'
import { Words } from './Words.tsx'

interface Props {
  readonly session: Session
  readonly status: SessionStatus
  readonly segments: readonly Segment[]
  /** Whether the words can be read while they come, or only at the end. */
  readonly asHeard: boolean
  /** Reads now what could not be read before. */
  readonly onRetry: () => void
  /** What comes below the words for who watches them come. */
  readonly children?: ReactNode
}

/** The words, and the recording to hear below them. The page follows the newest words until the reader scrolls up. */
export function Transcript({ session, status, segments, asHeard, onRetry, children }: Props) {
  const live = !isFinal(status)
  const player = usePlayer(segments, isGone(session))
  const follow = useFollow(live)
  useReadAlong(player, follow)
  const kept = useKeptFocus<HTMLElement>(PLAYER)
  const foot = useStickyEdge<HTMLDivElement>('bottom')
  const [opened] = useState(status)
  const { list, following, toEnd, wasLive } = follow
  const some = segments.length > 0
  // All of them are asked for in pieces: until the last is there, a part must not pass as the whole.
  const missing = !live && some && segments.length < status.segments
  useKeptPlace(list, isFinal(opened) && !live && some && !missing)
  const failed = useRef<HTMLDivElement>(null)
  const failure = status.state === 'failed' && status.error !== null && (
    <div ref={failed} className={styles.failure}>
      <Failure error={status.error} />
    </div>
  )
  // Above the words for who comes later; for who watched them come, at their end, where they look and nothing is moved.
  const isFirst = opened.version === status.version || !some
  const showFailure = failure !== false && !isFirst && following
  useEffect(() => {
    if (showFailure) failed.current?.scrollIntoView({ block: 'nearest' })
  }, [showFailure])

  return (
    // The keys of the player, heard where its parts meet.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <section {...kept} aria-labelledby="transcript" onKeyDown={player.onKeyDown}>
      <h2 id="transcript" className="visually-hidden">
        {strings.transcript.title}
      </h2>
      <div className={styles.panel} data-tall={!isFinal(opened)}>
        {isFirst && failure}
        {!some && !failure && <p className={styles.empty}>{whyEmpty(status, asHeard)}</p>}
        <div ref={list} className={styles.words} data-live={live} role="group" aria-label={strings.transcript.words} hidden={!some}>
          <Words segments={segments} language={session.language} spoken={player.line} fromEnd={live && following} onPlayFrom={player.problem === undefined ? player.playFrom : undefined} />
        </div>
        {!isFirst && failure}
        {missing && (
          <div className={`late ${styles.missing}`}>
            <p role="status">{strings.transcript.missing(segments.length, status.segments)}</p>
            <Button onClick={onRetry}>{strings.common.tryAgain}</Button>
          </div>
        )}
        {wasLive && children}
      </div>
      {live && some && !following && (
        <div className={styles.resume}>
          <Button look="primary" onClick={toEnd}>
            {strings.transcript.follow}
          </Button>
        </div>
      )}
      <div ref={foot} className={styles.foot}>
        <Player id={session.id} player={player} duration={durationOf({ session, status })} />
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
