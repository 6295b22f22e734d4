import { mayPass, sentenceOf } from '../api/http.ts'
import type { Upload } from '../api/uploads.tsx'
import { formats, strings } from '../strings/index.ts'
import { IconButton, IconButtons } from './IconButton.tsx'
import { ListRow } from './ListRow.tsx'

interface Props {
  readonly upload: Upload
  readonly onRetry: (key: string) => void
  readonly onDismiss: (key: string) => void
}

/** A file on its way to the server, in the list where its session will be. */
export function UploadRow({ upload: { key, filename, size_bytes, share, error }, onRetry, onDismiss }: Props) {
  const words = strings.upload
  const failed = error !== undefined
  const waits = share === undefined
  const leave = failed ? words.dismissOf(filename) : words.stopOf(filename)
  return (
    <ListRow
      state={failed ? 'failed' : waits ? 'queued' : 'processing'}
      name={filename}
      facts={size_bytes === undefined ? undefined : formats.fileSize(size_bytes)}
      detail={failed ? <WhyNot filename={filename} error={error} /> : undefined}
      standing={failed ? words.notUploaded : waits ? words.waiting : words.going(share)}
      progress={failed || waits ? null : share}
      progressOf={words.progressOf(filename)}
    >
      <IconButtons>
        {failed && mayPass(error) && (
          <IconButton
            icon="retry"
            label={strings.session.retryOf(filename)}
            title={strings.common.tryAgain}
            onClick={() => onRetry(key)}
          />
        )}
        <IconButton icon="cancel" label={leave} title={failed ? words.dismiss : words.stop} onClick={() => onDismiss(key)} />
      </IconButtons>
    </ListRow>
  )
}

/** Said at once to those who listen, with the name that those who look see above it. */
function WhyNot({ filename, error }: Pick<Upload, 'filename' | 'error'>) {
  return (
    <span role="alert">
      <span className="visually-hidden">{strings.upload.failed(filename)}</span> {sentenceOf(error)}
    </span>
  )
}
