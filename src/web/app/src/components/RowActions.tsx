import { type SessionStatus, isFinal } from '@playhead/session-status'
import { useState } from 'react'
import { sentenceOf } from '../api/http.ts'
import { useAsk, useDeleteSession } from '../api/sessions.ts'
import type { Session } from '../api/types.ts'
import { canRetry } from '../lib/stages.ts'
import { strings } from '../strings/index.ts'
import { Alert } from './Alert.tsx'
import { ConfirmDialog } from './ConfirmDialog.tsx'
import { Icon } from './Icon.tsx'
import styles from './RowActions.module.css'

interface Props {
  readonly session: Session
  readonly status: SessionStatus
  /** Called when the session is gone, and its row with it. */
  readonly onDeleted: (session: Session) => void
}

/** What can be done with a session without going to it. */
export function RowActions({ session, status, onDeleted }: Props) {
  const [asking, setAsking] = useState<'cancel' | 'delete'>()
  const cancel = useAsk(session.id, 'cancel')
  const retry = useAsk(session.id, 'retry')
  const remove = useDeleteSession(session.id)
  const error = cancel.error ?? retry.error ?? remove.error
  const { filename } = session
  const words = strings.session

  function confirm() {
    if (asking === 'cancel') cancel.mutate()
    // Not as an option of this call: the row is gone by then, and would not hear of it.
    else void remove.mutateAsync().then(() => onDeleted(session), () => {})
  }

  return (
    <div className={styles.actions}>
      {canRetry(status) && (
        <button
          type="button"
          aria-label={words.retryOf(filename)}
          title={strings.common.tryAgain}
          disabled={retry.isPending}
          onClick={() => retry.mutate()}
        >
          <Icon name="retry" />
        </button>
      )}
      {!isFinal(status) && (
        <button
          type="button"
          aria-label={words.cancelOf(filename)}
          title={strings.common.cancel}
          disabled={cancel.isPending}
          onClick={() => setAsking('cancel')}
        >
          <Icon name="cancel" />
        </button>
      )}
      <button
        type="button"
        aria-label={words.deleteOf(filename)}
        title={strings.common.delete}
        disabled={remove.isPending}
        onClick={() => setAsking('delete')}
      >
        <Icon name="delete" />
      </button>
      {error && <Alert>{sentenceOf(error)}</Alert>}
      {asking && (
        <ConfirmDialog
          title={asking === 'cancel' ? words.askCancel : words.askDelete}
          action={asking === 'cancel' ? words.cancelIt : words.deleteIt}
          onConfirm={confirm}
          onClose={() => setAsking(undefined)}
        >
          {asking === 'cancel' ? words.afterCancel : words.afterDelete(filename)}
        </ConfirmDialog>
      )}
    </div>
  )
}
