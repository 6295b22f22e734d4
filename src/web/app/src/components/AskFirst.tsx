import { strings } from '../strings/index.ts'
import { ConfirmDialog } from './ConfirmDialog.tsx'

interface Props {
  readonly action: 'cancel' | 'delete'
  readonly filename: string
  readonly onConfirm: () => void
  readonly onClose: () => void
}

/** Says what an action would do to a session, and asks. */
export function AskFirst({ action, filename, onConfirm, onClose }: Props) {
  const words = strings.session
  const [title, confirm, after] =
    action === 'cancel'
      ? [words.askCancel, words.cancelIt, words.afterCancel]
      : [words.askDelete, words.deleteIt, words.afterDelete(filename)]
  return (
    <ConfirmDialog title={title} action={confirm} onConfirm={onConfirm} onClose={onClose}>
      {after}
    </ConfirmDialog>
  )
}
