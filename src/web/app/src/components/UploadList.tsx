import type { CSSProperties } from 'react'
import { mayPass, sentenceOf } from '../api/http.ts'
import type { Upload } from '../api/uploads.tsx'
import { strings } from '../strings/index.ts'
import { Alert } from './Alert.tsx'
import { Button } from './Button.tsx'
import styles from './UploadList.module.css'

interface Props {
  readonly uploads: readonly Upload[]
  readonly onRetry: (key: string) => void
  readonly onDismiss: (key: string) => void
}

/** Files on their way to the server. */
export function UploadList({ uploads, onRetry, onDismiss }: Props) {
  const words = strings.upload
  return (
    <ul className={styles.uploads}>
      {uploads.map(({ key, filename, share, error }) =>
        error === undefined ? (
          <li key={key} className={styles.upload}>
            <Going filename={filename} share={share} />
            <Button onClick={() => onDismiss(key)} aria-label={words.stopOf(filename)}>
              {words.stop}
            </Button>
          </li>
        ) : (
          <li key={key} className={styles.upload}>
            <Alert
              detail={sentenceOf(error)}
              {...(mayPass(error) && { onRetry: () => onRetry(key) })}
              actions={
                <Button onClick={() => onDismiss(key)} aria-label={words.dismissOf(filename)}>
                  {words.dismiss}
                </Button>
              }
            >
              {words.failed(filename)}
            </Alert>
          </li>
        ),
      )}
    </ul>
  )
}

function Going({ filename, share }: Pick<Upload, 'filename' | 'share'>) {
  return (
    <div className={styles.going}>
      <p className={styles.words}>
        <span className={styles.name}>{filename}</span>
        <span className={styles.share}>
          {share === undefined ? strings.upload.waiting : strings.upload.going(share)}
        </span>
      </p>
      <div
        className={styles.track}
        role="progressbar"
        aria-label={strings.upload.progressOf(filename)}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={share === undefined ? undefined : Math.floor(share * 100)}
        style={{ '--share': share ?? 0 } as CSSProperties}
      >
        <div className={styles.sent} />
      </div>
    </div>
  )
}
