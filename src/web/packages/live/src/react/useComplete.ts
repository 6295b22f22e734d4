import { useEffect, useRef } from 'react'
import { type LiveDocument, isFinal } from '../job.ts'
import { useLatest } from './useLatest.ts'

/**
 * Calls back with the final document when a job ends. Once, and only for a received one; not for a job that was final from
 * the start; once more after a retry.
 */
export function useComplete<D extends LiveDocument>(id: string | undefined, job: D | undefined, onComplete?: (job: D) => void): void {
  const unfinished = useRef<string>(undefined)
  const callback = useLatest(onComplete)
  useEffect(() => {
    if (job === undefined) return
    if (!isFinal(job)) {
      unfinished.current = id
    } else if (unfinished.current === id) {
      unfinished.current = undefined
      callback.current?.(job)
    }
  }, [id, job, callback])
}
