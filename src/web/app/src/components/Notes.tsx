import type { StatusWarning } from '@playhead/session-status'
import type { Session } from '../api/types.ts'
import { type Note, noteOf } from '../lib/notes.ts'
import { againStrings as words } from '../strings/again.ts'
import { useAgain } from './Again.tsx'
import { Button } from './Button.tsx'
import styles from './Notes.module.css'

interface Props {
  readonly session: Session
  readonly warnings: readonly StatusWarning[]
}

/** What a reader should know of a text, each with what can be done about it. */
export function Notes({ session, warnings }: Props) {
  return <NoteList notes={warnings.map((warning) => noteOf(warning, session))} />
}

/** Said of a text while another one is made: what is to be known of it by itself matters less. */
export function EarlierNote() {
  return <NoteList notes={[{ sentence: words.earlier }]} />
}

function NoteList({ notes }: { readonly notes: readonly Note[] }) {
  const again = useAgain()
  if (notes.length === 0) return null
  return (
    <ul className={styles.notes} aria-label={words.notes}>
      {notes.map(({ sentence, action, preset }) => (
        <li key={sentence} className={styles.note}>
          <svg className={styles.icon} width="20" height="20" viewBox="0 0 20 20" aria-hidden="true">
            <circle cx="10" cy="10" r="8.5" />
            <path d="M10 9.25v5M10 6v.5" />
          </svg>
          <p className={styles.words}>{sentence}</p>
          {action !== undefined && again && <Button onClick={() => again(preset)}>{action}</Button>}
        </li>
      ))}
    </ul>
  )
}
