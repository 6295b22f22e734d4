import { strings } from '../strings/index.ts'
import { API, ApiError, REFUSED_HERE, UNSAFE_HEADERS, errorOf, parse } from './http.ts'
import type { Options, Session } from './types.ts'

/** What was chosen for the files, as a form has it: what is empty or left out is found out. */
export type Choices = Readonly<Partial<Record<keyof Options, string>>>

export interface UploadRequest {
  readonly file: File
  readonly choices: Choices
  readonly signal: AbortSignal
  readonly onProgress: (share: number) => void
}

/** Sends a file. By XMLHttpRequest, because `fetch` cannot tell how far an upload has come. */
export async function upload({ file, choices, signal, onProgress }: UploadRequest): Promise<Session> {
  // A browser says of such a file only that the connection failed.
  await file
    .slice(0, 1)
    .arrayBuffer()
    .catch(() => {
      throw new ApiError(0, REFUSED_HERE, strings.upload.unreadable)
    })
  signal.throwIfAborted()
  const form = new FormData()
  for (const [name, value] of Object.entries(choices)) if (value !== '') form.append(name, value)
  form.append('file', file)
  let sent = 0
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.open('POST', `${API}/sessions`)
    for (const [name, value] of Object.entries(UNSAFE_HEADERS)) request.setRequestHeader(name, value)
    request.upload.addEventListener('progress', ({ loaded, total }) => {
      sent = total > 0 ? loaded / total : 0
      onProgress(sent)
    })
    request.addEventListener('load', () => {
      try {
        if (request.status !== 201) {
          throw errorOf(request.status, request.responseText, request.getResponseHeader('Retry-After'))
        }
        resolve(parse<Session>(request.status, request.responseText))
      } catch (error) {
        reject(error)
      }
    })
    request.addEventListener('error', () => reject(cutAt(sent)))
    request.addEventListener('abort', () => reject(new DOMException('The upload was stopped.', 'AbortError')))
    signal.addEventListener('abort', () => request.abort())
    request.send(form)
  })
}

/** What became of it decides what may be done next: the service may have all of a file whose answer was lost. */
function cutAt(sent: number): ApiError {
  if (sent === 0) return new ApiError(0, 'unreachable', strings.errors.unreachable)
  return new ApiError(0, sent < 1 ? 'cut' : 'unanswered', strings.errors.uploadCut)
}
