import { type SessionStatus, isFinal } from '@playhead/session-status'
import { useState } from 'react'
import { useLocation } from 'wouter'
import { API, sentenceOf } from '../api/http.ts'
import { useAsk, useDeleteSession } from '../api/sessions.ts'
import type { Session } from '../api/types.ts'
import { strings } from '../strings/index.ts'
import { Alert } from './Alert.tsx'
import { Button, ButtonLink } from './Button.tsx'
import { ConfirmDialog } from './ConfirmDialog.tsx'
import styles from './SessionActions.module.css'

const FORMATS = ['txt', 'srt', 'vtt', 'json'] as const

/** What can be done with a session as it stands. */
export function SessionActions({ session, status }: { session: Session; status: SessionStatus }) {
  const [asking, setAsking] = useState<'cancel' | 'delete'>()
  const [, navigate] = useLocation()
  const cancel = useAsk(session.id, 'cancel')
  const retry = useAsk(session.id, 'retry')
  const remove = useDeleteSession(session.id)
  const error = cancel.error ?? retry.error ?? remove.error
  const name = session.filename.replace(/\.[^.]+$/, '')
  const canRetry = status.state === 'canceled' || (status.state === 'failed' && status.error?.retryable !== false)

  return (
    <div className={styles.actions}>
      {status.segments > 0 && (
        <div className={styles.group} role="group" aria-labelledby="download">
          <span id="download" className={styles.label}>
            {strings.session.download}
          </span>
          {FORMATS.map((format) => (
            <ButtonLink
              key={format}
              href={`${API}/sessions/${session.id}/transcript?format=${format}`}
              download={`${name}.${format}`}
            >
              {format.toUpperCase()}
            </ButtonLink>
          ))}
        </div>
      )}
      <div className={styles.group}>
        {canRetry && (
          <Button look="primary" disabled={retry.isPending} onClick={() => retry.mutate()}>
            {strings.common.tryAgain}
          </Button>
        )}
        {!isFinal(status) && (
          <Button disabled={cancel.isPending} onClick={() => setAsking('cancel')}>
            {strings.common.cancel}
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
