import { sentenceOf } from '../api/http.ts'
import type { useSessionActions } from '../lib/useSessionActions.ts'
import { strings } from '../strings/index.ts'
import { uploadingStrings } from '../strings/uploading.ts'
import { Alert } from './Alert.tsx'
import { ConfirmDialog } from './ConfirmDialog.tsx'

interface Props {
  readonly of: ReturnType<typeof useSessionActions>
  readonly filename: string
  /** Whether it is transcribed again: what a cancellation leaves is the earlier text. */
  readonly isAgain: boolean
  /** Whether its recording is still to come: to delete it is to stop that. */
  readonly isUpload?: boolean
}

/** Beside the buttons of a session: says what an action would do, and asks; and says why one failed. */
export function AskFirst({ of: { act, asking, ask, error }, filename, isAgain, isUpload = false }: Props) {
  const words = strings.session
  const [title, confirm, after] =
    asking === 'cancel'
      ? [words.askCancel, words.cancelIt, isAgain ? words.afterCancelAgain : words.afterCancel]
      : isUpload
        ? [uploadingStrings.askStop, uploadingStrings.stopIt, uploadingStrings.afterStop]
        : [words.askDelete, words.deleteIt, words.afterDelete(filename)]
  return (
    <>
      {error && <Alert>{sentenceOf(error)}</Alert>}
      {asking && (
        <ConfirmDialog title={title} action={confirm} onConfirm={() => act(asking)} onClose={() => ask(undefined)}>
          {after}
        </ConfirmDialog>
      )}
    </>
  )
}
