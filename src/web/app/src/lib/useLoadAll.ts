import { useEffect, useRef, useState } from 'react'

interface Page {
  readonly hasNextPage: boolean
  readonly isError: boolean
}

/** Reads one page after another to the end, once asked to, as long as it is wanted and nothing fails. */
export function useLoadAll(
  fetchNextPage: () => Promise<Page>,
  wanted: boolean,
): readonly [loading: boolean, loadAll: () => Promise<void>] {
  const [loading, setLoading] = useState(false)
  const go = useRef(false)
  useEffect(() => {
    go.current = wanted
    return () => {
      go.current = false
    }
  }, [wanted])

  async function next(): Promise<void> {
    const { hasNextPage, isError } = await fetchNextPage()
    if (go.current && hasNextPage && !isError) return next()
  }
  async function loadAll() {
    setLoading(true)
    await next()
    setLoading(false)
  }
  return [loading, loadAll]
}
