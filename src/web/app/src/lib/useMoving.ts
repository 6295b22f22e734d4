import type { SessionStatus } from '@playhead/session-status'
import { useEffect, useRef, useState } from 'react'
import { isUploading } from './stages.ts'

/** So long after its last news an upload counts as paused: statuses come each second while anything of it does, and between two parts none. */
const STILL_MS = 15_000

interface Seen {
  readonly news: string
  readonly moves: boolean
}

/** The uploads, by the ids of their sessions, of which something has come a short time ago, wherever it is sent from. */
export function useMoving(statuses: readonly SessionStatus[]): ReadonlySet<string> {
  const [seen, setSeen] = useState<ReadonlyMap<string, Seen>>(new Map())
  const timed = useRef(new WeakSet<Seen>())
  const fresh = statuses.filter((status) => isUploading(status) && seen.get(status.session_id)?.news !== newsOf(status))
  // A request that ended without another one to come says no time left.
  if (fresh.length > 0) setSeen(new Map([...seen, ...fresh.map((one) => [one.session_id, { news: newsOf(one), moves: one.eta_s !== null }] as const)]))
  // A process that was killed says nothing more.
  useEffect(() => {
    for (const [id, one] of seen) {
      if (!one.moves || timed.current.has(one)) continue
      timed.current.add(one)
      setTimeout(() => setSeen((all) => (all.get(id) === one ? new Map(all).set(id, { ...one, moves: false }) : all)), STILL_MS)
    }
  }, [seen])
  return new Set([...seen].filter(([, { moves }]) => moves).map(([id]) => id))
}

function newsOf({ progress, eta_s }: SessionStatus): string {
  return `${progress} ${eta_s}`
}
