import { isFinal } from '@playhead/session-status'
import { useState } from 'react'
import { useLocation } from 'wouter'
import { sentenceOf } from '../api/http.ts'
import type { LiveSession } from '../api/liveSessions.ts'
import { canRetry } from '../lib/stages.ts'
import { FIRST_BUTTON, useKeptFocus } from '../lib/useKeptFocus.ts'
import { useSessionActions } from '../lib/useSessionActions.ts'
import { strings } from '../strings/index.ts'
import { Alert } from './Alert.tsx'
import { AskFirst } from './AskFirst.tsx'
import { Button } from './Button.tsx'
import styles from './SessionActions.module.css'

/** What can be done with a session as it stands. */
export function SessionActions(live: LiveSession) {
  const [asking, setAsking] = useState<'cancel' | 'delete'>()
  const [, navigate] = useLocation()
  const { act, pending, canceling, error } = useSessionActions(live, () => navigate('/'))
  const kept = useKeptFocus<HTMLDivElement>(FIRST_BUTTON)

  return (
    <>
      <div {...kept} className={styles.actions}>
        {canRetry(live.status) && (
          <Button look="primary" busy={pending === 'retry'} onClick={() => act('retry')}>
            {strings.common.tryAgain}
          </Button>
        )}
        {!isFinal(live.status) && (
          <Button busy={canceling} onClick={() => setAsking('cancel')}>
            {canceling ? strings.session.canceling : strings.common.cancel}
          </Button>
        )}
        <Button data-final look="danger" busy={pending === 'delete'} onClick={() => setAsking('delete')}>
          {strings.common.delete}
        </Button>
      </div>
      {error && <Alert>{sentenceOf(error)}</Alert>}
      {asking && (
        <AskFirst
          action={asking}
          filename={live.session.filename}
          onConfirm={() => act(asking)}
          onClose={() => setAsking(undefined)}
        />
      )}
    </>
  )
}
