import { isFinal } from '@playhead/session-status'
import { useLocation } from 'wouter'
import type { LiveSession } from '../api/liveSessions.ts'
import { canRetry } from '../lib/stages.ts'
import { FIRST_BUTTON, useKeptFocus } from '../lib/useKeptFocus.ts'
import { useSessionActions } from '../lib/useSessionActions.ts'
import { strings } from '../strings/index.ts'
import { AskFirst } from './AskFirst.tsx'
import { Button } from './Button.tsx'
import styles from './SessionActions.module.css'

/** What can be done with a session as it stands. */
export function SessionActions(live: LiveSession) {
  const [, navigate] = useLocation()
  const actions = useSessionActions(live, () => navigate('/'))
  const { act, ask, pending, canceling } = actions
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
          <Button busy={canceling} onClick={() => ask('cancel')}>
            {canceling ? strings.session.canceling : strings.common.cancel}
          </Button>
        )}
        <Button data-final look="danger" busy={pending === 'delete'} onClick={() => ask('delete')}>
          {strings.common.delete}
        </Button>
      </div>
      <AskFirst of={actions} filename={live.session.filename} />
    </>
  )
}
