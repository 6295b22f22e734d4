import type { ReactNode } from 'react'
import { strings } from '../strings/index.ts'
import { Button } from './Button.tsx'
import { Dialog, DialogButtons } from './Dialog.tsx'

interface Props {
  readonly title: string
  readonly children: ReactNode
  readonly action: string
  readonly onConfirm: () => void
  readonly onClose: () => void
}

/** Asks before something that cannot be undone. */
export function ConfirmDialog({ title, children, action, onConfirm, onClose }: Props) {
  function confirm() {
    onConfirm()
    onClose()
  }

  return (
    <Dialog title={title} onClose={onClose}>
      <p>{children}</p>
      <DialogButtons>
        <Button onClick={onClose}>{strings.common.keep}</Button>
        <Button look="danger" onClick={confirm}>
          {action}
        </Button>
      </DialogButtons>
    </Dialog>
  )
}
