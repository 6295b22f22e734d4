import { type ChangeEvent, type MouseEvent, useId, useState } from 'react'
import { useMe } from '../api/account.ts'
import type { Choices } from '../api/tus.ts'
import { useUploads } from '../api/uploads.tsx'
import { ENDINGS } from '../lib/endings.ts'
import { canPick, pick } from '../lib/handles.ts'
import { LANGUAGES } from '../lib/languages.ts'
import { useFileDrop } from '../lib/useFileDrop.ts'
import { useUploadLanguage } from '../lib/useUploadLanguage.ts'
import { strings } from '../strings/index.ts'
import { optionStrings } from '../strings/options.ts'
import styles from './AudioUploader.module.css'
import { ChannelsField } from './ChannelsField.tsx'
import { SelectField } from './SelectField.tsx'

/** The endings beside the types: many a device knows no type of a file such as `.amr`. */
const ACCEPT = ['audio/*', 'video/*', ...ENDINGS].join()

/**
 * Takes recordings by drop, by button or by keyboard, and asks what language is spoken. On their way to the server they are in
 * the list already, where each becomes a session.
 */
export function AudioUploader() {
  const { add } = useUploads()
  const [language, setLanguage] = useUploadLanguage()
  const [more, setMore] = useState<Choices>({})
  const choices = { language, ...more }
  const over = useFileDrop((files) => void files.then((found) => add(found, choices)))
  const id = useId()
  const words = strings.upload

  function choose(event: ChangeEvent<HTMLInputElement>) {
    const { files } = event.currentTarget
    if (files !== null && files.length > 0) add([...files], choices)
    // The same file may be chosen again.
    event.currentTarget.value = ''
  }

  // Where the browser's dialog tells what a file can be read from again, an upload goes on after a reload by itself.
  function open(event: MouseEvent) {
    if (!canPick()) return
    event.preventDefault()
    void pick(true).then((files) => files.length > 0 && add(files, choices))
  }

  return (
    <div className={styles.zone} data-over={over}>
      <div className={styles.choose}>
        <input
          id={`${id}-file`}
          className="visually-hidden"
          type="file"
          accept={ACCEPT}
          multiple
          onClick={open}
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
      <MoreOptions choices={more} onChoose={setMore} />
    </div>
  )
}

interface MoreProps {
  readonly choices: Choices
  readonly onChoose: (choices: Choices) => void
}

/** What few need, out of the way: it holds until the page is left. */
function MoreOptions({ choices, onChoose }: MoreProps) {
  const models = useMe().data?.models ?? []
  const field = (name: keyof Choices) => ({
    value: choices[name] ?? '',
    onChange: ({ currentTarget }: ChangeEvent<HTMLSelectElement>) => onChoose({ ...choices, [name]: currentTarget.value }),
  })
  return (
    <details className={styles.more}>
      <summary>{optionStrings.more}</summary>
      <div className={styles.options}>
        <ChannelsField {...field('channels')} />
        <SelectField {...field('track')} label={optionStrings.tracks}>
          <option value="">{optionStrings.automatic}</option>
          <option value="all">{optionStrings.allTracks}</option>
        </SelectField>
        {models.length > 1 && (
          <SelectField {...field('model')} label={optionStrings.model}>
            {models.map((name, index) => (
              <option key={name} value={index === 0 ? '' : name}>
                {name}
              </option>
            ))}
          </SelectField>
        )}
      </div>
    </details>
  )
}
