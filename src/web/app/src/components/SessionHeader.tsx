import { Link } from 'wouter'
import type { Session } from '../api/types.ts'
import { formats, strings } from '../strings/index.ts'
import styles from './SessionHeader.module.css'

/** What was uploaded, and when. */
export function SessionHeader({ session }: { session: Session }) {
  const { filename, language, duration_s, size_bytes, created_at } = session
  const facts = [
    language === null ? strings.session.automaticLanguage : formats.language(language),
    ...(duration_s === null ? [] : [formats.clock(duration_s)]),
    formats.fileSize(size_bytes),
  ]
  return (
    <header className={styles.header}>
      <Link href="/" className={styles.back}>
        ← {strings.session.back}
      </Link>
      <h1 dir="auto">{filename}</h1>
      <p className={styles.facts}>
        {facts.join(' · ')} · <time dateTime={created_at}>{formats.moment(created_at)}</time>
      </p>
    </header>
  )
}
