import { sentenceOf } from '../api/http.ts'
import type { useUpload } from '../lib/useUpload.ts'
import { Alert } from './Alert.tsx'

/** Why an upload does not go on, where that is not only a matter of time: on the page of its session. */
export function UploadProblem({ of: { problem, upload } }: { of: ReturnType<typeof useUpload> }) {
  const words = problem ?? (upload?.state === 'failed' ? sentenceOf(upload.error) : undefined)
  return words === undefined ? null : <Alert>{words}</Alert>
}
