import { type ChangeEvent, useId } from 'react'
import { useUploads } from '../api/uploads.tsx'
import { LANGUAGES } from '../lib/languages.ts'
import { useFileDrop } from '../lib/useFileDrop.ts'
import { useUploadLanguage } from '../lib/useUploadLanguage.ts'
import { strings } from '../strings/index.ts'
import styles from './AudioUploader.module.css'

/**
 * Takes recordings by drop, by button or by keyboard, and asks what language is spoken. On their way to the server they are in
 * the list already, where each becomes a session.
 */
export function AudioUploader() {
  const { add } = useUploads()
  const [language, setLanguage] = useUploadLanguage()
  const over = useFileDrop((files) => void files.then((found) => add(found, language)))
  const id = useId()
  const words = strings.upload

  function choose(event: ChangeEvent<HTMLInputElement>) {
    const { files } = event.currentTarget
    if (files !== null && files.length > 0) add([...files], language)
    // The same file may be chosen again.
    event.currentTarget.value = ''
  }

  return (
    <div className={styles.zone} data-over={over}>
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
          {words.choose}
        </label>
        <p id={`${id}-hint`} className={styles.hint}>
          {over ? words.drop : words.orDrop}
        </p>
      </div>
      <div className={styles.language}>
        <label htmlFor={`${id}-language`}>{words.language}</label>
        <select id={`${id}-language`} value={language} onChange={(event) => setLanguage(event.currentTarget.value)}>
          <option value="">{words.detect}</option>
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
