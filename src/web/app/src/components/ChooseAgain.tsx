import { type ChangeEvent, type MouseEvent, useId } from 'react'
import { canPick, pick } from '../lib/handles.ts'
import { uploadingStrings } from '../strings/uploading.ts'
import button from './Button.module.css'
import styles from './ChooseAgain.module.css'

interface Props {
  readonly filename: string
  /** How much of it has arrived. */
  readonly share: number
  /** As a button, on the page of its session; in a row as a link in the text. */
  readonly asButton?: boolean
  readonly onChoose: (file: File) => void
}

/** Asks for the file of an upload that is not whole, which no page can read again by itself. */
export function ChooseAgain({ filename, share, asButton = false, onChoose }: Props) {
  const id = useId()
  const words = uploadingStrings

  function choose(event: ChangeEvent<HTMLInputElement>) {
    const [file] = event.currentTarget.files ?? []
    // The same file may be chosen again.
    if (file !== undefined) onChoose(file)
    event.currentTarget.value = ''
  }

  function open(event: MouseEvent) {
    if (!canPick()) return
    event.preventDefault()
    void pick(false).then(([file]) => file && onChoose(file))
  }

  return (
    <span className={styles.choose}>
      <input id={id} className="visually-hidden" type="file" aria-label={words.chooseSameOf(filename, share)} onClick={open} onChange={choose} />
      <label htmlFor={id} className={asButton ? `${button.button} ${button.primary} ${styles.button}` : styles.link}>
        {asButton ? words.chooseIt : words.chooseSame(share)}
      </label>
    </span>
  )
}
