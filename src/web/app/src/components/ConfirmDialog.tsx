import { type ReactNode, useEffect, useId, useRef } from 'react'
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
  useEffect(() => {
    const element = dialog.current
    element?.showModal()
    return () => element?.close()
  }, [])
  return (
    <dialog ref={dialog} className={styles.dialog} aria-labelledby={id} onClose={onClose}>
      <form method="dialog" className={styles.form}>
        <h2 id={id}>{title}</h2>
        <p>{children}</p>
        <div className={styles.buttons}>
          <Button type="submit">{strings.common.keep}</Button>
          <Button type="submit" look="danger" onClick={onConfirm}>
            {action}
          </Button>
        </div>
      </form>
    </dialog>
  )
}
