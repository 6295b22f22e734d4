import type { SessionStatus } from '@playhead/session-status'
import { useCallback, useEffect, useState } from 'react'

const KEY = 'playhead:dismissed'

/** Failures that are remembered, the newest: each matters for a day only. 60 bytes each. */
const MOST = 500

/**
 * The failures that the reader has put away from "Now". Nothing is deleted: the session is in its date group from then on, and
 * comes back to "Now" if it fails again. They are kept in this browser, by the status's version; where storage is not allowed,
 * until the list is left.
 */
export function useDismissed() {
  const [dismissed, setDismissed] = useState(read)
  useEffect(() => {
    // Another tab has changed it.
    const hear = ({ key }: StorageEvent) => {
      if (key === KEY) setDismissed(read())
    }
    addEventListener('storage', hear)
    return () => removeEventListener('storage', hear)
  }, [])
  const isDismissed = useCallback((status: SessionStatus) => dismissed.includes(keyOf(status)), [dismissed])
  const dismiss = useCallback(
    (statuses: readonly SessionStatus[]) => {
      const all = [...dismissed, ...statuses.map(keyOf)].slice(-MOST)
      setDismissed(all)
      write(all)
    },
    [dismissed],
  )
  return { isDismissed, dismiss }
}

function keyOf({ session_id, version }: SessionStatus): string {
  return `${session_id}:${version}`
}

function read(): readonly string[] {
  try {
    return (localStorage.getItem(KEY) ?? '').split(' ')
  } catch {
    return []
  }
}

function write(dismissed: readonly string[]): void {
  try {
    localStorage.setItem(KEY, dismissed.join(' '))
  } catch {
    // Not allowed, or full.
  }
}
