import type { useSessions } from '../api/sessions.ts'
import { useLoadAll } from '../lib/useLoadAll.ts'
import { strings } from '../strings/index.ts'
import { Button } from './Button.tsx'
import styles from './OlderSessions.module.css'

interface Props {
  readonly list: ReturnType<typeof useSessions>
  readonly searching: boolean
  /** How many of those read so far are shown. */
  readonly found: number
  readonly read: number
}

/** What follows the list: more of it, or, in a search, what was searched and a way to search the rest. */
export function OlderSessions({ list, searching, found, read }: Props) {
  const { hasNextPage, isFetchingNextPage, isFetchNextPageError, fetchNextPage } = list
  const [loading, loadAll] = useLoadAll(fetchNextPage, searching)
  if (!searching && !hasNextPage) return null
  return (
    <div className={styles.older}>
      {searching && (
        <p role="status">
          {hasNextPage ? strings.list.foundInNewest(found, read) : strings.list.found(found)}
        </p>
      )}
      {isFetchNextPageError && <p role="alert">{strings.list.olderFailed}</p>}
      {hasNextPage && (
        <Button
          disabled={loading || isFetchingNextPage}
          onClick={() => void (searching ? loadAll() : fetchNextPage())}
        >
          {loading || isFetchingNextPage
            ? strings.common.loading
            : searching
              ? strings.list.searchOlder
              : strings.list.showOlder}
        </Button>
      )}
    </div>
  )
}
