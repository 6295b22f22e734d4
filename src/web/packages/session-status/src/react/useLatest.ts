import { useEffect, useRef } from 'react'

/** What a callback should see when it is called, not when it was made. */
export function useLatest<T>(value: T): { readonly current: T } {
  const latest = useRef(value)
  useEffect(() => {
    latest.current = value
  })
  return latest
}
