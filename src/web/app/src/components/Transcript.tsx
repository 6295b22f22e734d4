import { isFinal } from '@playhead/live'
import type { Segment, SessionStatus, StatusWarning } from '@playhead/session-status'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import type { Session } from '../api/types.ts'
import { isAgain, isWhole } from '../lib/again.ts'
import { durationOf } from '../lib/durationOf.ts'
import { isGone } from '../lib/recording.ts'
import { isUploading } from '../lib/stages.ts'
import { useFollow } from '../lib/useFollow.ts'
import { PLAYER, useKeptFocus } from '../lib/useKeptFocus.ts'
import { useKeptPlace } from '../lib/useKeptPlace.ts'
import { usePlayer } from '../lib/usePlayer.ts'
import { useReadAlong } from '../lib/useReadAlong.ts'
import { useStickyEdge } from '../lib/useStickyEdge.ts'
import { strings } from '../strings/index.ts'
import { sessionStrings } from '../strings/session.ts'
import { uploadingStrings } from '../strings/uploading.ts'
import { Button } from './Button.tsx'
import { Failure } from './Failure.tsx'
import { EarlierNote, Notes } from './Notes.tsx'
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
  const live = !isWhole(status)
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
  const end = useRef<HTMLDivElement>(null)
  const again = isAgain(status)
  const failure = status.state === 'failed' && status.error !== null && (
    <div className={styles.failure}>
      <Failure error={status.error} isKept={again} />
    </div>
  )
  // Above the words for who comes later; for who watched them come, at their end, where they look and nothing is moved.
  const isFirst = opened.version === status.version || !some || again
  const [early, late] = useEarly(status, some)
  const showEnd = ((failure !== false && !isFirst) || late.length > 0) && wasLive && following
  useEffect(() => {
    if (showEnd) end.current?.scrollIntoView({ block: 'nearest' })
  }, [showEnd])

  return (
    // The keys of the player, heard where its parts meet.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <section {...kept} aria-labelledby="transcript" onKeyDown={player.onKeyDown}>
      <h2 id="transcript" className="visually-hidden">
        {sessionStrings.transcript.title}
      </h2>
      <div className={styles.panel} data-tall={!isFinal(opened)}>
        {isFirst && failure}
        {again && !isFinal(status) ? <EarlierNote /> : <Notes session={session} warnings={early} />}
        {!some && !failure && <p className={styles.empty}>{isUploading(status) ? uploadingStrings.arriving : whyEmpty(status, asHeard)}</p>}
        <div ref={list} className={styles.words} data-live={live} role="group" aria-label={sessionStrings.transcript.words} hidden={!some}>
          <Words segments={segments} language={session.language} spoken={player.line} fromEnd={live && following} onPlayFrom={player.problem === undefined ? player.playFrom : undefined} />
        </div>
        {(late.length > 0 || (!isFirst && failure)) && (
          <div ref={end} className={styles.end}>
            {!isFirst && failure}
            <Notes session={session} warnings={late} />
          </div>
        )}
        {missing && (
          <div className={`late ${styles.missing}`}>
            <p role="status">{sessionStrings.transcript.missing(segments.length, status.segments)}</p>
            <Button onClick={onRetry}>{strings.common.tryAgain}</Button>
          </div>
        )}
        {wasLive && children}
      </div>
      {live && some && !following && (
        <div className={styles.resume}>
          <Button look="primary" onClick={toEnd}>
            {sessionStrings.transcript.follow}
          </Button>
        </div>
      )}
      <div ref={foot} className={styles.foot}>
        {isUploading(status) ? <div className={styles.edge} /> : <Player id={session.id} player={player} duration={durationOf({ session, status })} />}
      </div>
    </section>
  )
}

const NO_WARNINGS: readonly StatusWarning[] = []

/** The warnings that came before the words they are about, or were there at first; and those that came behind words. */
function useEarly({ warnings = NO_WARNINGS, revision }: SessionStatus, some: boolean) {
  const codes = warnings.map(({ code }) => code)
  const [first, setFirst] = useState({ revision, codes })
  if (first.revision !== revision || (!some && codes.join() !== first.codes.join())) setFirst({ revision, codes })
  const isEarly = ({ code }: StatusWarning) => first.codes.includes(code)
  return [warnings.filter(isEarly), warnings.filter((one) => !isEarly(one))] as const
}

function whyEmpty({ state, segments }: SessionStatus, asHeard: boolean): string {
  const words = sessionStrings.transcript
  if (state === 'completed') return segments === 0 ? words.none : words.reading
  if (state === 'failed' || state === 'canceled') return words.noneYet
  return asHeard ? words.toCome : words.atEnd
}
