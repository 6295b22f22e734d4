import { useUploads } from '../api/uploads.tsx'
import { DropZone } from './DropZone.tsx'
import { UploadList } from './UploadList.tsx'

/** Takes recordings and shows them on their way to the server, where each becomes a session. */
export function AudioUploader() {
  const { uploads, add, retry, dismiss } = useUploads()
  return (
    <>
      <DropZone onFiles={add} />
      <UploadList uploads={uploads} onRetry={retry} onDismiss={dismiss} />
    </>
  )
}
