import { useEffect, useState } from 'react'
import { useSearchParams } from 'wouter'

/** A rest in typing, after which the address is written: Safari refuses more than 100 changes of it in 10 s. */
const REST_MS = 250

/** What is searched for, kept in the address: Back and a reload lead to what was found. */
export function useSearchInAddress() {
  const [params, setParams] = useSearchParams()
  const [typed, setTyped] = useState<string>()
  useEffect(() => {
    if (typed === undefined) return
    const timer = setTimeout(() => {
      setParams((now) => withQuery(now, typed), { replace: true })
      setTyped(undefined)
    }, REST_MS)
    return () => clearTimeout(timer)
  }, [setParams, typed])
  return [typed ?? params.get('q') ?? '', setTyped] as const
}

function withQuery(params: URLSearchParams, query: string): URLSearchParams {
  const next = new URLSearchParams(params)
  if (query === '') next.delete('q')
  else next.set('q', query)
  return next
}
