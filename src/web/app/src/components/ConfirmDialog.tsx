import { type ReactNode, useId, useLayoutEffect, useRef } from 'react'
import { strings } from '../strings/index.ts'
import { Button } from './Button.tsx'
import styles from './ConfirmDialog.module.css'

interface Props {
  readonly title: string
  readonly children: ReactNode
  readonly action: string
  readonly onConfirm: () => void
  readonly onClose: () => void
}

/** Asks before something that cannot be undone. Mounted means open; Escape closes it. */
export function ConfirmDialog({ title, children, action, onConfirm, onClose }: Props) {
  const dialog = useRef<HTMLDialogElement>(null)
  const id = useId()
  // Before the element leaves the page: then the focus goes back to where it was.
  useLayoutEffect(() => {
    const element = dialog.current
    element?.showModal()
    return () => element?.close()
  }, [])

  function confirm() {
    onConfirm()
    onClose()
  }

  // An effect that runs twice, as in development, closes it and opens it again, and the event comes after both.
  function closed() {
    if (dialog.current?.open !== true) onClose()
  }

  return (
    <dialog ref={dialog} className={styles.dialog} aria-labelledby={id} onClose={closed}>
      <div className={styles.content}>
        <h2 id={id}>{title}</h2>
        <p>{children}</p>
        <div className={styles.buttons}>
          <Button onClick={onClose}>{strings.common.keep}</Button>
          <Button look="danger" onClick={confirm}>
            {action}
          </Button>
        </div>
      </div>
    </dialog>
  )
}
