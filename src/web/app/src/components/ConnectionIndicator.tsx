import { isFollowed } from '@playhead/live'
import type { FollowedConnection } from '@playhead/live/react'
import { useKeptFocus } from '../lib/useKeptFocus.ts'
import { useModeNotice } from '../lib/useModeNotice.ts'
import { useTrouble } from '../lib/useTrouble.ts'
import { strings } from '../strings/index.ts'
import { ConnectionDetails } from './ConnectionDetails.tsx'
import styles from './ConnectionIndicator.module.css'
import { Icon } from './Icon.tsx'

/** How the page hears of news: a dot while all is well, in words with the reason once it has not been for a while. */
export function ConnectionIndicator({ followed }: { followed: FollowedConnection }) {
  const { connection } = followed
  const trouble = useTrouble(connection)
  const notice = useModeNotice(connection)
  const kept = useKeptFocus<HTMLDivElement>('summary')
  const words = strings.connection
  if (!isFollowed(connection) && trouble === undefined) return null
  return (
    <div {...kept} className={styles.indicator} data-phase={trouble?.phase ?? connection.phase}>
      {/* A function of the connection, in spite of its name. */}
      {/* oxlint-disable-next-line react/hooks */}
      <ConnectionDetails followed={followed} trouble={trouble} onPoll={followed.usePolling} onRetry={followed.retryNow} />
      <div className={notice.text === undefined ? 'visually-hidden' : styles.notice}>
        <p role="status">{notice.text}</p>
        {notice.text !== undefined && (
          <button type="button" className={styles.dismiss} aria-label={words.dismiss} onClick={notice.dismiss}>
            <Icon name="cancel" />
          </button>
        )}
      </div>
    </div>
  )
}
