import { type ReactNode, createContext, useCallback, useContext, useEffect, useState } from 'react'
import type { LiveSession } from '../api/liveSessions.ts'
import { type Filled, mayAgain } from '../lib/again.ts'
import { latePage } from '../lib/latePage.tsx'
import { strings } from '../strings/index.ts'
import { Alert } from './Alert.tsx'

const [AgainDialog, againDialogSoon] = latePage(async () => (await import('./AgainDialog.tsx')).AgainDialog)

/** What the reader has chosen by the way they come to the dialog. */
export type Preset = Partial<Filled>

const AgainContext = createContext<((preset?: Preset) => void) | undefined>(undefined)

/** Asks how a session is transcribed again; undefined where it cannot be. */
export const useAgain = () => useContext(AgainContext)

/** Lets what is inside open the dialog to transcribe a session again, which is read when there is a use for it. */
export function Again({ children, ...live }: LiveSession & { readonly children: ReactNode }) {
  const may = mayAgain(live.session, live.status)
  const [preset, setPreset] = useState<Preset>()
  const [isUnread, setUnread] = useState(false)
  const ask = useCallback((chosen: Preset = {}) => {
    setUnread(false)
    againDialogSoon().then(
      () => setPreset(chosen),
      () => setUnread(true),
    )
  }, [])
  // Whoever comes to it without a network finds it all the same. What fails is tried again when it is asked for.
  useEffect(() => {
    if (may) againDialogSoon().catch(() => {})
  }, [may])
  // It has begun, here or in another tab: what was asked is over.
  if (!may && preset !== undefined) setPreset(undefined)
  return (
    <AgainContext value={may ? ask : undefined}>
      {children}
      {isUnread && may && <Alert onRetry={() => ask()}>{strings.errors.unreachable}</Alert>}
      {preset !== undefined && <AgainDialog {...live} preset={preset} onClose={() => setPreset(undefined)} />}
    </AgainContext>
  )
}
