import type { SessionStatus } from '@playhead/session-status'
import { mayPass, sentenceOf } from '../api/http.ts'
import { useRetryAll } from '../api/sessions.ts'
import { useUploads } from '../api/uploads.tsx'
import { strings } from '../strings/index.ts'
import type { Entry } from './now.ts'
import { useSay } from './say.ts'
import { canRetry } from './stages.ts'

/** What can be done at once with all that failed. @param onDismiss - puts failures of sessions away. */
export function useNowActions(entries: readonly Entry[], onDismiss: (statuses: readonly SessionStatus[]) => void) {
  const { retry, dismiss } = useUploads()
  const { mutateAsync, reset, isPending, data } = useRetryAll()
  const say = useSay()
  const words = strings.list.now
  const failed = entries.filter(({ phase }) => phase === 'failed')
  const uploads = failed.flatMap((entry) => ('upload' in entry ? entry.upload : []))
  const statuses = failed.flatMap((entry) => ('status' in entry ? entry.status : []))
  const uploadsToRetry = uploads.filter(({ error }) => mayPass(error))
  const toRetry = statuses.filter(canRetry)

  function retryAll() {
    for (const { key } of uploadsToRetry) retry(key)
    // Not as an option of the call: the group may be gone by then.
    void mutateAsync(toRetry.map(({ session_id }) => session_id)).then(
      ({ of, refused }) => {
        const retried = uploadsToRetry.length + of - refused
        if (retried > 0) say(words.retried(retried))
      },
      () => {},
    )
  }

  function dismissAll() {
    for (const { key } of uploads) dismiss(key)
    onDismiss(statuses)
    reset()
    say(words.dismissed(failed.length))
  }

  return {
    /** Undefined where there are not several to do it with. */
    retryAll: isPending || uploadsToRetry.length + toRetry.length > 1 ? retryAll : undefined,
    dismissAll: failed.length > 1 ? dismissAll : undefined,
    isRetrying: isPending,
    /** What was refused of the last "Try all again", in a sentence. */
    refused: data !== undefined && data.refused > 0 ? words.notRetried(data.refused, data.of, sentenceOf(data.error)) : undefined,
  }
}
