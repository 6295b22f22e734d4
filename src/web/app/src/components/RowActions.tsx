import { isFinal } from '@playhead/live'
import type { SessionStatus } from '@playhead/session-status'
import type { LiveSession } from '../api/liveSessions.ts'
import { isGone } from '../lib/recording.ts'
import { canRetry } from '../lib/stages.ts'
import { useSessionActions } from '../lib/useSessionActions.ts'
import { strings } from '../strings/index.ts'
import { AskFirst } from './AskFirst.tsx'
import { IconButton, IconButtons } from './IconButton.tsx'

interface Props extends LiveSession {
  /** Puts its failure away. */
  readonly onDismiss: ((statuses: readonly SessionStatus[]) => void) | undefined
}

/** What can be done with a session without going to it. */
export function RowActions({ onDismiss, ...live }: Props) {
  const actions = useSessionActions(live)
  const { act, ask, pending, canceling } = actions
  const { filename } = live.session
  const words = strings.session
  return (
    <>
      <IconButtons>
        {canRetry(live.status) && !isGone(live.session) && (
          <IconButton
            icon="retry"
            label={words.retryOf(filename)}
            title={strings.common.tryAgain}
            busy={pending === 'retry'}
            onClick={() => act('retry')}
          />
        )}
        {!isFinal(live.status) && (
          <IconButton
            icon="cancel"
            label={words.cancelOf(filename)}
            title={canceling ? words.canceling : strings.common.cancel}
            busy={canceling}
            onClick={() => ask('cancel')}
          />
        )}
        {onDismiss && (
          <IconButton
            icon="cancel"
            label={strings.upload.dismissOf(filename)}
            title={strings.upload.dismiss}
            onClick={() => onDismiss([live.status])}
          />
        )}
        <IconButton
          data-final
          icon="delete"
          label={words.deleteOf(filename)}
          title={strings.common.delete}
          busy={pending === 'delete'}
          onClick={() => ask('delete')}
        />
      </IconButtons>
      <AskFirst of={actions} filename={filename} isAgain={live.status.next_revision !== undefined} />
    </>
  )
}
