import type { Connection } from '@playhead/session-status'
import { useState } from 'react'
import { useHeld } from './useHeld.ts'

/** A way of delivery that has lasted for so long is no flapping. */
const SETTLED_MS = 5_000

type Way = 'live' | 'polling'

/** The way by which the news come, once it is another one than before and has settled; undefined while it is the first. */
export function useModeChange({ phase }: Connection): Way | undefined {
  const live = useHeld(phase === 'live', SETTLED_MS)
  const polling = useHeld(phase === 'polling', SETTLED_MS)
  const way = live ? 'live' : polling ? 'polling' : undefined
  const [known, setKnown] = useState<{ way: Way; changed: boolean }>()
  if (way !== undefined && way !== known?.way) setKnown({ way, changed: known !== undefined })
  return known?.changed ? known.way : undefined
}
