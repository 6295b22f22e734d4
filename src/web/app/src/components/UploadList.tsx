import type { CSSProperties } from 'react'
import type { Upload } from '../api/uploads.tsx'
import { percent } from '../lib/format.ts'
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
          <Button onClick={() => onDismiss(upload.key)} aria-label={`${verb(upload)} ${upload.filename}`}>
            {verb(upload)}
          </Button>
        </li>
      ))}
    </ul>
  )
}

function verb({ error }: Upload): string {
  return error === undefined ? 'Stop' : 'Dismiss'
}

function Going({ upload: { filename, share } }: { upload: Upload }) {
  const doing = share < 1 ? `Uploading, ${percent(share)}` : 'Almost there…'
  return (
    <div className={styles.going}>
      <p className={styles.words}>
        <span className={styles.name}>{filename}</span>
        <span className={styles.share}>{doing}</span>
      </p>
      <div
        className={styles.track}
        role="progressbar"
        aria-label={`Upload of ${filename}`}
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
