import type { Connection } from '@playhead/session-status'
import type { FollowedConnection } from '@playhead/session-status/react'
import { type FocusEvent, useCallback, useEffect, useId, useRef, useState } from 'react'
import { useModeChange } from '../lib/useModeChange.ts'
import { useTrouble } from '../lib/useTrouble.ts'
import { strings } from '../strings/index.ts'
import { Button } from './Button.tsx'
import styles from './ConnectionIndicator.module.css'
import { DataAge } from './DataAge.tsx'

/** Only the server, or another browser, can change these: to try again would change nothing. */
const DECIDED: ReadonlySet<Connection['reason']> = new Set(['flag_off', 'kill_switch', 'unsupported'])

/** How the page hears of news: a dot while all is well, in words with the reason once it has not been for a while. */
export function ConnectionIndicator({ followed }: { followed: FollowedConnection }) {
  const { connection, retryNow } = followed
  const trouble = useTrouble(connection)
  const changed = useModeChange(connection)
  const words = strings.connection
  if (!isFollowed(connection) && trouble === undefined) return null
  return (
    <div className={styles.indicator} data-phase={trouble?.phase ?? connection.phase}>
      <p className="visually-hidden" role="status">
        {changed && words.changed[changed]}
      </p>
      {/* A function of the connection, in spite of its name. */}
      {/* oxlint-disable-next-line react/hooks */}
      <Details followed={followed} trouble={trouble} onPoll={followed.usePolling} />
      {trouble && !DECIDED.has(trouble.reason) && trouble.reason !== 'offline' && (
        <Button onClick={retryNow}>{words.tryLive}</Button>
      )}
    </div>
  )
}

interface DetailsProps {
  readonly followed: FollowedConnection
  readonly trouble: Connection | undefined
  readonly onPoll: () => void
}

/** What is going on and why: in a word, on hover and focus, and with what can be done, when it is opened. */
function Details({ followed, trouble, onPoll }: DetailsProps) {
  const id = useId()
  const [open, setOpen] = useState(false)
  const [dismissed, setDismissed] = useState(false)
  const words = strings.connection
  const shown = trouble ?? followed.connection
  const why = words.why[shown.reason ?? ''] ?? (trouble ? words.whyUnknown : words.whyLive)
  const dismiss = useCallback(() => {
    setOpen(false)
    setDismissed(true)
  }, [])
  useEscape(dismiss)
  const summary = useRef<HTMLElement>(null)

  function choosePolling() {
    onPoll()
    // The button goes away; who came by keyboard goes on from where they were.
    setOpen(false)
    summary.current?.focus()
  }

  function closeOnLeave({ currentTarget, relatedTarget }: FocusEvent) {
    if (!currentTarget.contains(relatedTarget)) setOpen(false)
    setDismissed(false)
  }

  return (
    <div className={styles.about} data-dismissed={dismissed} onBlur={closeOnLeave} onPointerLeave={() => setDismissed(false)}>
      <details className={styles.details} open={open} onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
        <summary ref={summary} className={styles.summary} aria-describedby={id}>
          <span className={trouble ? undefined : 'visually-hidden'}>{labelOf(shown)}</span>
          {followed.isStale && trouble && <DataAge of={followed} short />}
        </summary>
        <div className={styles.panel}>
          <p>{why}</p>
          {open && <DataAge of={followed} />}
          {shown.phase !== 'polling' && <Button onClick={choosePolling}>{words.pollInstead}</Button>}
        </div>
      </details>
      <p id={id} role="tooltip" className={styles.why}>
        {why}
      </p>
    </div>
  )
}

/** Wherever the focus is: a hint under the pointer can be put away without moving it (WCAG 1.4.13). */
function useEscape(onEscape: () => void) {
  useEffect(() => {
    const listen = ({ key }: KeyboardEvent) => key === 'Escape' && onEscape()
    document.addEventListener('keydown', listen)
    return () => document.removeEventListener('keydown', listen)
  }, [onEscape])
}

/** Whether there are news to come. */
function isFollowed({ phase }: Connection): boolean {
  return phase !== 'idle' && phase !== 'done' && phase !== 'failed'
}

function labelOf({ phase, mode, reason, pollMs }: Connection): string {
  const words = strings.connection
  if (phase === 'live') return words.live
  if (phase === 'polling') return mode === 'wait' ? words.waiting : words.polling(pollMs)
  return reason === 'offline' ? words.offline : words.reconnecting
}
