import { Link } from 'wouter'
import type { Session } from '../api/types.ts'
import { clock, fileSize, moment } from '../lib/format.ts'
import { languageName } from '../lib/languages.ts'
import styles from './SessionHeader.module.css'

/** What was uploaded, and when. */
export function SessionHeader({ session }: { session: Session }) {
  const { filename, language, duration_s, size_bytes, created_at } = session
  const facts = [
    language === null ? 'Automatic language' : languageName(language),
    ...(duration_s === null ? [] : [clock(duration_s)]),
    fileSize(size_bytes),
  ]
  return (
    <header className={styles.header}>
      <Link href="/" className={styles.back}>
        ← All sessions
      </Link>
      <h1>{filename}</h1>
      <p className={styles.facts}>
        {facts.join(' · ')} · <time dateTime={created_at}>{moment(created_at)}</time>
      </p>
    </header>
  )
}
