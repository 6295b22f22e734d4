import { createContext, useContext, useState } from 'react'
import type { Action } from '../api/sessions.ts'

/** What the reader is asked about before it is done. */
type Asking = Exclude<Action, 'retry'> | undefined

export interface Asked {
  readonly id: string
  readonly action: Asking
}

type AskedState = readonly [asked: Asked | undefined, setAsked: (asked: Asked | undefined) => void]

/** Holds the open question of a list, above its rows: a row that moves to another group keeps its dialog open. */
export const AskingContext = createContext<AskedState | undefined>(undefined)

/** The open question about a session, and a function that begins and ends it. */
export function useAsking(id: string): readonly [asking: Asking, ask: (action: Asking) => void] {
  const own = useState<Asking>()
  const shared = useContext(AskingContext)
  if (shared === undefined) return own
  const [asked, setAsked] = shared
  return [asked?.id === id ? asked.action : undefined, (action) => setAsked(action && { id, action })]
}
