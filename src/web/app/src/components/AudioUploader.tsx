import { useUploads } from '../api/uploads.tsx'
import { DropZone } from './DropZone.tsx'

/** Takes recordings. On their way to the server they are in the list already, where each becomes a session. */
export function AudioUploader() {
  return <DropZone onFiles={useUploads().add} />
}
