import { API } from '../api/http.ts'
import type { Session } from '../api/types.ts'
import { endingOf } from '../lib/endingOf.ts'
import { ENDINGS } from '../lib/endings.ts'
import { isGone } from '../lib/recording.ts'
import { sessionStrings } from '../strings/session.ts'
import { ButtonLink } from './Button.tsx'

const FORMATS = ['txt', 'srt', 'vtt', 'json'] as const

/** The transcript in each format, and the recording, as entries of a menu. */
export function DownloadLinks({ session, hasWords }: { session: Session; hasWords: boolean }) {
  const { id, filename } = session
  // As the server has it: the dots of a date are no ending.
  const name = filename.slice(0, filename.length - endingOf(filename, ENDINGS).length)
  const words = sessionStrings.downloads
  return (
    <>
      {hasWords &&
        FORMATS.map((format) => (
          <ButtonLink key={format} href={`${API}/sessions/${id}/transcript?format=${format}`} download={`${name}.${format}`}>
            {words.formats[format]}
          </ButtonLink>
        ))}
      {!isGone(session) && (
        <ButtonLink href={`${API}/sessions/${id}/audio`} download={filename}>
          {words.recording}
        </ButtonLink>
      )}
    </>
  )
}
