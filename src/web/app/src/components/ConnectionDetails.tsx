import type { Connection } from '@playhead/live'
import type { FollowedConnection } from '@playhead/live/react'
import { type FocusEvent, useCallback, useEffect, useId, useRef, useState } from 'react'
import { Link } from 'wouter'
import { connectionLabel, connectionReason } from '../lib/connectionWords.ts'
import { strings } from '../strings/index.ts'
import { Button } from './Button.tsx'
import styles from './ConnectionIndicator.module.css'
import { DataAge } from './DataAge.tsx'

interface Props {
  readonly followed: FollowedConnection
  readonly trouble: Connection | undefined
  readonly onPoll: () => void
  readonly onRetry: () => void
}

/** Only the server, another browser or a network can change these: to try again would change nothing. */
const DECIDED: ReadonlySet<Connection['reason']> = new Set(['flag_off', 'kill_switch', 'unsupported', 'offline'])

/** What is going on and why: in a word, on hover and focus, and with what can be done, when it is opened. */
export function ConnectionDetails({ followed, trouble, onPoll, onRetry }: Props) {
  const id = useId()
  const [open, setOpen] = useState(false)
  const hint = useHint()
  const summary = useRef<HTMLElement>(null)
  const shown = trouble ?? followed.connection
  const why = connectionReason(shown, trouble !== undefined)

  const wasConnected = useWasConnected(followed)
  const { hide } = hint
  const close = useCallback(() => {
    hide()
    setOpen(false)
    // What is shut takes the focus with it.
    const details = summary.current?.parentElement
    if (details?.contains(document.activeElement)) summary.current?.focus()
  }, [hide])
  useEscape(open || hint.shown, close)

  function choose(act: () => void) {
    act()
    close()
  }

  function closeOnLeave({ currentTarget, relatedTarget }: FocusEvent) {
    if (!currentTarget.contains(relatedTarget)) setOpen(false)
  }

  return (
    <div className={styles.about} onBlur={closeOnLeave} {...hint.pointer}>
      <details className={styles.details} open={open} onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
        <summary ref={summary} className={styles.summary} aria-describedby={id} {...hint.focus}>
          <span className={trouble ? undefined : 'visually-hidden'}>{connectionLabel(shown, wasConnected)}</span>
          {(followed.isStale || shown.reason === 'offline') && trouble && <DataAge of={followed} short />}
          {followed.behindMs > 0 && trouble && <span>{strings.connection.behind(followed.behindMs)}</span>}
        </summary>
        {/* Pressed on, it takes the focus: else it would lead nowhere, and what is shut while a selection begins in it
            takes Chromium's tab down. */}
        <div className={styles.panel} tabIndex={-1}>
          <p>{why}</p>
          {open && <DataAge of={followed} />}
          {trouble && trouble.phase !== 'live' && !DECIDED.has(trouble.reason) && (
            <Button onClick={() => choose(onRetry)}>{strings.connection.tryLive}</Button>
          )}
          {trouble && !DECIDED.has(trouble.reason) && (
            <Link href="/connection" className={styles.test}>
              {strings.connection.test}
            </Link>
          )}
          {shown.phase !== 'polling' && <Button onClick={() => choose(onPoll)}>{strings.connection.pollInstead}</Button>}
        </div>
      </details>
      <p id={id} role="tooltip" className={styles.why} hidden={open || !hint.shown}>
        {why}
      </p>
    </div>
  )
}

/** Whether it was ever made: on this page, or before it was opened, by what follows the same elsewhere. */
function useWasConnected({ connection: { phase }, ageMs }: FollowedConnection): boolean {
  const [was, setWas] = useState(ageMs !== undefined)
  if (!was && (phase === 'live' || phase === 'polling')) setWas(true)
  return was
}

/** A hint is there under the pointer and on focus, until both have left or Escape puts it away (WCAG 1.4.13). */
function useHint() {
  const [at, setAt] = useState({ pointer: false, focus: false })
  const hide = useCallback(() => setAt({ pointer: false, focus: false }), [])
  return {
    shown: at.pointer || at.focus,
    hide,
    pointer: {
      onPointerEnter: () => setAt((before) => ({ ...before, pointer: true })),
      onPointerLeave: () => setAt((before) => ({ ...before, pointer: false })),
    },
    focus: {
      // A click needs no hint: it opens the details.
      onFocus({ currentTarget }: FocusEvent) {
        const focus = currentTarget.matches(':focus-visible')
        setAt((before) => ({ ...before, focus }))
      },
      onBlur: () => setAt((before) => ({ ...before, focus: false })),
    },
  }
}

/** Wherever the focus is: what is under the pointer can be put away without moving it. */
function useEscape(active: boolean, onEscape: () => void) {
  useEffect(() => {
    if (!active) return
    const listen = ({ key }: KeyboardEvent) => key === 'Escape' && onEscape()
    document.addEventListener('keydown', listen)
    return () => document.removeEventListener('keydown', listen)
  }, [active, onEscape])
}
