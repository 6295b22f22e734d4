import type { CSSProperties } from 'react'
import type { Upload } from '../api/uploads.tsx'
import { strings } from '../strings/index.ts'
import { Alert } from './Alert.tsx'
import { Button } from './Button.tsx'
import styles from './UploadList.module.css'

interface Props {
  readonly uploads: readonly Upload[]
  readonly onDismiss: (key: string) => void
}

/** Files on their way to the server. */
export function UploadList({ uploads, onDismiss }: Props) {
  return (
    <ul className={styles.uploads}>
      {uploads.map((upload) => (
        <li key={upload.key} className={styles.upload}>
          {upload.error === undefined ? <Going upload={upload} /> : <Alert detail={upload.filename}>{upload.error}</Alert>}
          <Button onClick={() => onDismiss(upload.key)} aria-label={verbOf(upload)}>
            {verb(upload)}
          </Button>
        </li>
      ))}
    </ul>
  )
}

function verb({ error }: Upload): string {
  return error === undefined ? strings.upload.stop : strings.upload.dismiss
}

function verbOf({ error, filename }: Upload): string {
  return error === undefined ? strings.upload.stopOf(filename) : strings.upload.dismissOf(filename)
}

function Going({ upload: { filename, share } }: { upload: Upload }) {
  return (
    <div className={styles.going}>
      <p className={styles.words}>
        <span className={styles.name}>{filename}</span>
        <span className={styles.share}>{strings.upload.going(share)}</span>
      </p>
      <div
        className={styles.track}
        role="progressbar"
        aria-label={strings.upload.progressOf(filename)}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.floor(share * 100)}
        style={{ '--share': share } as CSSProperties}
      >
        <div className={styles.sent} />
      </div>
    </div>
  )
}
