import { useOlderSessions } from '../api/sessions.ts'
import { useKeptFocus } from '../lib/useKeptFocus.ts'
import { strings } from '../strings/index.ts'
import { Button } from './Button.tsx'
import styles from './OlderSessions.module.css'

interface Props {
  /** Whether there are older ones than those read so far. */
  readonly more: boolean
  readonly searching: boolean
  /** How many of those read so far are shown. */
  readonly found: number
  readonly read: number
}

/** What follows the list: more of it, or, in a search, what was searched and a way to search the rest. */
export function OlderSessions({ more, searching, found, read }: Props) {
  const older = useOlderSessions(searching)
  const kept = useKeptFocus<HTMLDivElement>('p')
  const words = strings.list
  if (!searching && !more && older.isIdle) return null
  return (
    <div {...kept} className={styles.older}>
      {searching && <p role="status" tabIndex={-1}>{more ? words.foundInNewest(found, read) : words.found(found)}</p>}
      {!searching && !more && <p tabIndex={-1}>{words.allShown}</p>}
      {older.isError && <p role="alert">{words.olderFailed}</p>}
      {more && (
        <Button busy={older.isPending} onClick={() => older.mutate()}>
          {older.isPending ? strings.common.loading : searching ? words.searchOlder : words.showOlder}
        </Button>
      )}
    </div>
  )
}
