import type { Connection } from '@playhead/live'
import type { SessionStatus } from '@playhead/session-status'
import { useCarriedStatus } from '@playhead/session-status/react'
import { useId, useState } from 'react'
import { useUploads } from '../api/uploads.tsx'
import { movedRow } from '../lib/movedRow.ts'
import { type Entry, countsOf, lastDone, shortened } from '../lib/now.ts'
import { useKeptFocus } from '../lib/useKeptFocus.ts'
import { useNowActions } from '../lib/useNowActions.ts'
import { strings } from '../strings/index.ts'
import { Alert } from './Alert.tsx'
import { Button } from './Button.tsx'
import styles from './ListGroup.module.css'
import { NowRow } from './NowRow.tsx'
import { UploadRow } from './UploadRow.tsx'
import { WaitingWords } from './WaitingWords.tsx'

interface Props {
  readonly entries: readonly Entry[]
  /** By which the news of sessions come. */
  readonly connection: Connection
  readonly onDismiss: (statuses: readonly SessionStatus[]) => void
}

/** What goes on, waits or failed a short time ago, with what is running first; a summary, and what can be done with all of it. */
export function NowGroup({ entries, connection, onDismiss }: Props) {
  const { waiting } = useUploads()
  const { retryAll, dismissAll, isRetrying, refused } = useNowActions(entries, onDismiss)
  const [all, setAll] = useState(false)
  const kept = useKeptFocus<HTMLDivElement>('h3', movedRow)
  const left = useCarriedStatus(lastDone(entries), connection)?.eta_s ?? null
  const id = useId()
  const words = strings.list.now
  const first = shortened(entries)
  return (
    <div {...kept} className={styles.group}>
      <div className={styles.top}>
        <h3 id={id} tabIndex={-1}>
          {words.title}
        </h3>
        <p className={styles.summary}>{words.summary(countsOf(entries), left)}</p>
        {(retryAll || dismissAll) && (
          <div className={styles.actions}>
            {retryAll && (
              <Button busy={isRetrying} onClick={retryAll}>
                {words.retryAll}
              </Button>
            )}
            {dismissAll && <Button onClick={dismissAll}>{words.dismissAll}</Button>}
          </div>
        )}
      </div>
      {waiting && (
        <p className={styles.summary}>
          <WaitingWords of={waiting} />
        </p>
      )}
      {refused !== undefined && <Alert>{refused}</Alert>}
      <ul className={styles.list} aria-labelledby={id}>
        {(all ? entries : first).map((entry) =>
          'upload' in entry ? (
            <UploadRow key={entry.upload.key} upload={entry.upload} live={entry.live} moving={entry.phase === 'sending'} />
          ) : (
            <NowRow
              key={entry.status.session_id}
              phase={entry.phase}
              session={entry.session}
              status={entry.status}
              connection={connection}
              onDismiss={onDismiss}
            />
          ),
        )}
      </ul>
      {first.length < entries.length && (
        <div className={styles.more}>
          <Button onClick={() => setAll(!all)}>
            {all ? words.showFewer : words.showAll(entries.length)}
          </Button>
        </div>
      )}
    </div>
  )
}
