import { useEffect, useState } from 'react'

interface Pages {
  readonly data: unknown
  readonly hasNextPage: boolean
  readonly isFetching: boolean
  readonly isFetchNextPageError: boolean
  readonly fetchNextPage: () => Promise<unknown>
}

/** Reads one page after another to the end, once asked to, as long as it is wanted and nothing fails. */
export function useLoadAll(pages: Pages, wanted: boolean): readonly [loading: boolean, loadAll: () => void] {
  const { data, hasNextPage, isFetching, isFetchNextPageError, fetchNextPage } = pages
  const [asked, setAsked] = useState(false)
  const over = !wanted || !hasNextPage || isFetchNextPageError
  if (asked && over) setAsked(false)
  useEffect(() => {
    // With each page that came, as a fetch may be over before it is seen to be under way.
    if (asked && !isFetching) void fetchNextPage()
  }, [asked, data, isFetching, fetchNextPage])
  return [
    asked,
    () => {
      setAsked(true)
      // A page that failed is tried by itself first: until it comes, going on is over at once.
      if (isFetchNextPageError) void fetchNextPage()
    },
  ]
}
