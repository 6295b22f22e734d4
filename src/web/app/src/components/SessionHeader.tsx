import { Link } from 'wouter'
import type { LiveSession } from '../api/liveSessions.ts'
import { durationOf } from '../lib/durationOf.ts'
import { formats, strings } from '../strings/index.ts'
import { Facts } from './Facts.tsx'
import styles from './SessionHeader.module.css'
import { Steps } from './Steps.tsx'

/** From so many characters on the heading's two lines may not show all of a name, in a window of 360 px. */
const CLAMPED = 36

/** What was uploaded, and when; and, for who wants to know more, the steps of the work and its numbers. */
export function SessionHeader({ session, status }: LiveSession) {
  const { filename, language, size_bytes, created_at } = session
  const duration = durationOf({ session, status })
  const facts = [
    language === null ? strings.session.automaticLanguage : formats.language(language),
    ...(duration === null ? [] : [formats.clock(duration)]),
    formats.fileSize(size_bytes),
  ]
  return (
    <header className={styles.header}>
      <Link href="/" className={styles.back}>
        ← {strings.session.back}
      </Link>
      <h1 className={styles.name} dir="auto" title={filename}>
        {filename}
      </h1>
      <p className={styles.facts}>
        {facts.join(' · ')} · <time dateTime={created_at}>{formats.moment(created_at)}</time>
      </p>
      <details className={styles.details}>
        <summary>{strings.session.details}</summary>
        <div className={styles.more}>
          {filename.length > CLAMPED && <p dir="auto">{filename}</p>}
          <Steps status={status} />
          <Facts status={status} duration={duration} />
        </div>
      </details>
    </header>
  )
}
