import type { LiveSession } from '../api/liveSessions.ts'
import { mayPass, sentenceOf } from '../api/http.ts'
import { type Upload, useUploads } from '../api/uploads.tsx'
import { useSessionActions } from '../lib/useSessionActions.ts'
import { standingOf, useUpload } from '../lib/useUpload.ts'
import { formats, strings } from '../strings/index.ts'
import { uploadingStrings } from '../strings/uploading.ts'
import { Alert } from './Alert.tsx'
import { AskFirst } from './AskFirst.tsx'
import { ChooseAgain } from './ChooseAgain.tsx'
import { IconButton, IconButtons } from './IconButton.tsx'
import { ListRow } from './ListRow.tsx'

interface Props {
  /** What this tab has of it: none of one that was begun elsewhere, or before a reload. */
  readonly upload: Upload | undefined
  /** The session that it becomes, once that has begun and is known. */
  readonly live: LiveSession | undefined
  /** Whether something of it comes at this moment. */
  readonly moving: boolean
}

/** A recording on its way to the server, in the list where its session is. */
export function UploadRow({ upload, live, moving }: Props) {
  if (live === undefined) return upload && <NewRow upload={upload} />
  return <BegunRow live={live} moving={moving} />
}

/** One whose session has not begun, or will not. */
function NewRow({ upload }: { upload: Upload }) {
  const { retry, dismiss } = useUploads()
  const { key, filename, size_bytes, state, share, error } = upload
  const words = strings.upload
  const failed = state === 'failed'
  return (
    <ListRow
      state={failed ? 'failed' : state === 'sending' ? 'processing' : 'queued'}
      name={filename}
      facts={size_bytes === undefined ? undefined : formats.fileSize(size_bytes)}
      detail={failed ? <WhyNot filename={filename} error={error} /> : undefined}
      standing={standingOf(upload, false, share)}
      progress={state === 'sending' ? share : null}
      progressOf={words.progressOf(filename)}
    >
      <IconButtons>
        {failed && mayPass(error) && <Retry filename={filename} onClick={() => retry(key)} />}
        <IconButton
          icon="cancel"
          label={failed ? words.dismissOf(filename) : words.stopOf(filename)}
          title={failed ? words.dismiss : words.stop}
          onClick={() => dismiss(key)}
        />
      </IconButtons>
    </ListRow>
  )
}

/** One of which something may have arrived: it is its session, and leads to it. */
function BegunRow({ live, moving }: { live: LiveSession; moving: boolean }) {
  const { session, status } = live
  const { filename, size_bytes } = session
  const { dismiss } = useUploads()
  const { upload, share, deed, standing, goesOn, problem, pause, goOn, choose } = useUpload({ session, status, moving })
  // To stop it is to delete its session: half a recording is nothing to keep.
  const actions = useSessionActions(live)
  const words = uploadingStrings
  const failed = upload?.state === 'failed'
  const left = goesOn && upload?.state !== 'waiting' ? strings.list.detail(status) : undefined
  return (
    <ListRow
      session={session.id}
      state={failed ? 'failed' : upload?.state === 'waiting' ? 'waiting' : goesOn ? 'processing' : 'paused'}
      name={filename}
      to={`/sessions/${session.id}`}
      facts={formats.fileSize(size_bytes)}
      detail={
        failed ? <WhyNot filename={filename} error={upload.error} /> : deed === 'choose' ? <ChooseAgain filename={filename} share={share} onChoose={choose} /> : left
      }
      standing={standing}
      progress={failed ? null : share}
      progressOf={strings.upload.progressOf(filename)}
    >
      <IconButtons>
        {deed === 'pause' && <IconButton icon="pause" label={words.pauseOf(filename)} title={words.pause} onClick={pause} />}
        {deed === 'goOn' && !failed && <IconButton icon="play" label={words.goOnOf(filename)} title={words.goOn} onClick={goOn} />}
        {deed === 'goOnHere' && <IconButton icon="play" label={words.goOnHereOf(filename)} title={words.goOnHere} onClick={goOn} />}
        {failed && mayPass(upload.error) && <Retry filename={filename} onClick={goOn} />}
        {failed ? (
          <IconButton icon="cancel" label={strings.upload.dismissOf(filename)} title={strings.upload.dismiss} onClick={() => dismiss(upload.key)} />
        ) : (
          <IconButton data-final icon="cancel" label={words.stopOf(filename)} title={strings.upload.stop} busy={actions.pending === 'delete'} onClick={() => actions.ask('delete')} />
        )}
      </IconButtons>
      {problem !== undefined && <Alert>{problem}</Alert>}
      <AskFirst of={actions} filename={filename} isAgain={false} isUpload />
    </ListRow>
  )
}

function Retry({ filename, onClick }: { filename: string; onClick: () => void }) {
  return <IconButton icon="retry" label={strings.session.retryOf(filename)} title={strings.common.tryAgain} onClick={onClick} />
}

/** Said at once to those who listen, with the name that those who look see above it. */
function WhyNot({ filename, error }: Pick<Upload, 'filename' | 'error'>) {
  return (
    <span role="alert">
      <span className="visually-hidden">{strings.upload.failed(filename)}</span> {sentenceOf(error)}
    </span>
  )
}
