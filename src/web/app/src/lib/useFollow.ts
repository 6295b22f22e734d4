import { useCallback, useLayoutEffect, useRef, useState } from 'react'

/** So near to the end counts as there: fractions of a pixel, and a finger that is not exact. */
const NEAR_PX = 48

/** Keeps a scroller at its end while something is added to it, unless the reader has scrolled away. */
export function useFollow(length: number, live: boolean) {
  const scroller = useRef<HTMLDivElement>(null)
  const [following, setFollowing] = useState(true)

  const onScroll = useCallback(() => {
    const element = scroller.current
    if (element === null) return
    setFollowing(element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_PX)
  }, [])

  const toEnd = useCallback(() => {
    const element = scroller.current
    element?.scrollTo({ top: element.scrollHeight })
    setFollowing(true)
  }, [])

  useLayoutEffect(() => {
    const element = scroller.current
    if (live && following && length > 0) element?.scrollTo({ top: element.scrollHeight })
  }, [length, live, following])

  return { scroller, following, onScroll, toEnd }
}
