import { type SessionStatus, isFinal } from '@playhead/session-status'
import { useState } from 'react'
import { useLocation } from 'wouter'
import { sentenceOf } from '../api/http.ts'
import { useAsk, useDeleteSession } from '../api/sessions.ts'
import type { Session } from '../api/types.ts'
import { canRetry } from '../lib/stages.ts'
import { strings } from '../strings/index.ts'
import { Alert } from './Alert.tsx'
import { Button } from './Button.tsx'
import { ConfirmDialog } from './ConfirmDialog.tsx'
import styles from './SessionActions.module.css'

/** What can be done with a session as it stands. */
export function SessionActions({ session, status }: { session: Session; status: SessionStatus }) {
  const [asking, setAsking] = useState<'cancel' | 'delete'>()
  const [, navigate] = useLocation()
  const cancel = useAsk(session.id, 'cancel')
  const retry = useAsk(session.id, 'retry')
  const remove = useDeleteSession(session.id)
  const error = cancel.error ?? retry.error ?? remove.error
  // A worker that is busy with the session hears of it a little later.
  const canceling = cancel.isPending || cancel.isSuccess

  return (
    <div className={styles.actions}>
      <div className={styles.group}>
        {canRetry(status) && (
          <Button look="primary" disabled={retry.isPending} onClick={() => retry.mutate(undefined, { onSuccess: cancel.reset })}>
            {strings.common.tryAgain}
          </Button>
        )}
        {!isFinal(status) && (
          <Button disabled={canceling} onClick={() => setAsking('cancel')}>
            {canceling ? strings.session.canceling : strings.common.cancel}
          </Button>
        )}
        <Button look="danger" disabled={remove.isPending} onClick={() => setAsking('delete')}>
          {strings.common.delete}
        </Button>
      </div>
      {error && <Alert>{sentenceOf(error)}</Alert>}
      {asking === 'cancel' && (
        <ConfirmDialog
          title={strings.session.askCancel}
          action={strings.session.cancelIt}
          onConfirm={() => cancel.mutate()}
          onClose={() => setAsking(undefined)}
        >
          {strings.session.afterCancel}
        </ConfirmDialog>
      )}
      {asking === 'delete' && (
        <ConfirmDialog
          title={strings.session.askDelete}
          action={strings.session.deleteIt}
          onConfirm={() => remove.mutate(undefined, { onSuccess: () => navigate('/') })}
          onClose={() => setAsking(undefined)}
        >
          {strings.session.afterDelete(session.filename)}
        </ConfirmDialog>
      )}
    </div>
  )
}
