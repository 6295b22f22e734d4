import { mayPass } from '../api/http.ts'
import type { useUpload } from '../lib/useUpload.ts'
import { strings } from '../strings/index.ts'
import { uploadingStrings } from '../strings/uploading.ts'
import { Button } from './Button.tsx'
import { ChooseAgain } from './ChooseAgain.tsx'

interface Props {
  readonly of: ReturnType<typeof useUpload>
  readonly filename: string
}

/** What can be done for an upload to go on, on the page of its session. One button, which keeps the focus as its words change. */
export function UploadDeed({ of: { deed, share, upload, pause, goOn, choose }, filename }: Props) {
  const words = uploadingStrings
  if (deed === undefined) return null
  if (deed === 'choose') return <ChooseAgain asButton filename={filename} share={share} onChoose={choose} />
  if (upload?.state === 'failed' && !mayPass(upload.error)) return null
  const label = upload?.state === 'failed' ? strings.common.tryAgain : words[deed]
  return (
    <Button look={deed === 'pause' ? 'plain' : 'primary'} onClick={deed === 'pause' ? pause : goOn}>
      {label}
    </Button>
  )
}
