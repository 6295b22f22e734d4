import { type ChangeEvent, type DragEvent, useId, useState } from 'react'
import { LANGUAGES } from '../lib/languages.ts'
import { strings } from '../strings/index.ts'
import styles from './DropZone.module.css'

/** Takes files by drop, by button or by keyboard, and asks what language is spoken. */
export function DropZone({ onFiles }: { onFiles: (files: readonly File[], language: string) => void }) {
  const [language, setLanguage] = useState('')
  const [over, setOver] = useState(false)
  const id = useId()

  function choose(event: ChangeEvent<HTMLInputElement>) {
    const { files } = event.currentTarget
    if (files !== null && files.length > 0) onFiles([...files], language)
    // The same file may be chosen again.
    event.currentTarget.value = ''
  }

  function drop(event: DragEvent) {
    event.preventDefault()
    setOver(false)
    const files = [...event.dataTransfer.files]
    if (files.length > 0) onFiles(files, language)
  }

  return (
    <div
      className={styles.zone}
      data-over={over}
      onDragOver={(event) => {
        event.preventDefault()
        setOver(true)
      }}
      onDragLeave={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setOver(false)
      }}
      onDrop={drop}
    >
      <div className={styles.choose}>
        <input
          id={`${id}-file`}
          className="visually-hidden"
          type="file"
          accept="audio/*,video/*"
          multiple
          onChange={choose}
          aria-describedby={`${id}-hint`}
        />
        <label htmlFor={`${id}-file`} className={styles.button}>
          {strings.upload.choose}
        </label>
        <p id={`${id}-hint`} className={styles.hint}>
          {strings.upload.orDrop}
        </p>
      </div>
      <div className={styles.language}>
        <label htmlFor={`${id}-language`}>{strings.upload.language}</label>
        <select id={`${id}-language`} value={language} onChange={(event) => setLanguage(event.currentTarget.value)}>
          <option value="">{strings.upload.detect}</option>
          {LANGUAGES.map(({ code, name }) => (
            <option key={code} value={code}>
              {name}
            </option>
          ))}
        </select>
      </div>
    </div>
  )
}
