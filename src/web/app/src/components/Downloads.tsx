import { type Segment, type SessionStatus, isFinal } from '@playhead/session-status'
import { API } from '../api/http.ts'
import type { Session } from '../api/types.ts'
import { strings } from '../strings/index.ts'
import { ButtonLink } from './Button.tsx'
import { CopyButton } from './CopyButton.tsx'
import styles from './Downloads.module.css'

const FORMATS = ['txt', 'srt', 'vtt', 'json'] as const

interface Props {
  readonly session: Session
  readonly status: SessionStatus
  readonly segments: readonly Segment[]
  /** Whether the words can be had while they are heard, or only at the end. */
  readonly asHeard: boolean
}

/** The transcript to take away: from the moment there is one, and until then the reason why not. */
export function Downloads({ session, status, segments, asHeard }: Props) {
  const over = isFinal(status)
  const ready = status.segments > 0 && (over || asHeard)
  const note = noteOf(status, ready, asHeard)
  const name = session.filename.replace(/\.[^.]+$/, '')
  return (
    <div className={styles.downloads} role="group" aria-label={strings.session.download}>
      {note && (
        <span id="downloads-note" className={styles.note}>
          {note}
        </span>
      )}
      <CopyButton disabled={!ready || segments.length === 0 || (over && segments.length < status.segments)} aria-describedby={note && 'downloads-note'} text={() => textOf(segments)}>
        {strings.copy.text}
      </CopyButton>
      {FORMATS.map((format) => (
        <ButtonLink
          key={format}
          role="link"
          aria-disabled={!ready}
          aria-describedby={note && 'downloads-note'}
          href={ready ? `${API}/sessions/${session.id}/transcript?format=${format}` : undefined}
          download={`${name}.${format}`}
        >
          {format.toUpperCase()}
        </ButtonLink>
      ))}
    </div>
  )
}

/** Why there is nothing yet, or that there is only a part; nothing where all of it can be had. */
function noteOf(status: SessionStatus, ready: boolean, asHeard: boolean): string | undefined {
  const words = strings.downloads
  if (status.state === 'completed') return ready ? undefined : words.none
  if (ready) return words.soFar
  if (isFinal(status)) return words.none
  return asHeard ? words.withFirst : words.atEnd
}

/** A line for each segment, as in the TXT of the service. */
function textOf(segments: readonly Segment[]): string {
  return segments.map(({ text }) => text.trim()).filter(Boolean).join('\n')
}
