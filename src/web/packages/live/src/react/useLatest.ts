import { useEffect, useRef } from 'react'

/** Returns a ref with the newest value, for callbacks that must not see an old one. */
export function useLatest<T>(value: T): { readonly current: T } {
  const latest = useRef(value)
  useEffect(() => {
    latest.current = value
  })
  return latest
}
