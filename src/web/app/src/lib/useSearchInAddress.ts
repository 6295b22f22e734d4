import { useCallback, useEffect, useState } from 'react'
import { navigate, useSearch } from 'wouter/use-browser-location'

/** A rest in typing, after which the address is written: Safari refuses more than 100 changes of it in 10 s. */
const REST_MS = 250

/**
 * What is searched for, kept in the address: Back and a reload lead to what was found. It is written after a rest, and
 * at once where `settle` is called: before the reader goes on.
 */
export function useSearchInAddress() {
  // Not wouter's own hook, which decodes the address once more: a `%20` that is typed would become a space.
  const query = new URLSearchParams(useSearch()).get('q') ?? ''
  const [typed, setTyped] = useState<string>()
  const settle = useCallback(() => {
    if (typed === undefined) return
    navigate(addressWith(typed), { replace: true })
    setTyped(undefined)
  }, [typed])
  useEffect(() => {
    const timer = setTimeout(settle, REST_MS)
    return () => clearTimeout(timer)
  }, [settle])
  return { query: typed ?? query, type: setTyped, settle }
}

function addressWith(query: string): string {
  const params = new URLSearchParams(location.search)
  if (query === '') params.delete('q')
  else params.set('q', query)
  return params.size > 0 ? `${location.pathname}?${params}` : location.pathname
}
