import { type ReactNode, useId, useLayoutEffect, useRef } from 'react'
import styles from './Dialog.module.css'

interface Props {
  readonly title: string
  readonly children: ReactNode
  readonly onClose: () => void
}

/** A modal dialog with a title. Mounted means open; Escape closes it. What closes or acts goes into `DialogButtons`. */
export function Dialog({ title, children, onClose }: Props) {
  const dialog = useRef<HTMLDialogElement>(null)
  const id = useId()
  // Before the element leaves the page: then the focus goes back to where it was.
  useLayoutEffect(() => {
    const element = dialog.current
    element?.showModal()
    return () => element?.close()
  }, [])

  // An effect that runs twice, as in development, closes it and opens it again, and the event comes after both.
  function closed() {
    if (dialog.current?.open !== true) onClose()
  }

  return (
    <dialog ref={dialog} className={styles.dialog} aria-labelledby={id} onClose={closed}>
      <div className={styles.content}>
        <h2 id={id}>{title}</h2>
        {children}
      </div>
    </dialog>
  )
}

/** The buttons at the end of a dialog. */
export function DialogButtons({ children }: { children: ReactNode }) {
  return <div className={styles.buttons}>{children}</div>
}
