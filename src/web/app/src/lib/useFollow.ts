import { useCallback, useEffect, useRef, useState } from 'react'

/** So near to the end counts as there: fractions of a pixel, and a finger that is not exact. */
const NEAR_PX = 48

/** Where a line is put that would be out of sight: near the top, so that a whole view of lines follows it. */
const LINE_AT = 0.15

/**
 * A scroller with a list that grows. It is kept at its end while `live`, unless the reader has scrolled away, and until
 * they come back to the end or ask for it.
 */
export function useFollow(live: boolean) {
  const scroller = useRef<HTMLDivElement>(null)
  /** Where we have put it: a scroll event there is ours and says nothing about the reader. */
  const own = useRef<number>(undefined)
  const [following, setFollowing] = useState(true)

  const scrollTo = useCallback((element: HTMLElement, top: number) => {
    element.scrollTo({ top })
    own.current = element.scrollTop
  }, [])

  const onScroll = useCallback(() => {
    const element = scroller.current
    if (element === null || Math.abs(element.scrollTop - (own.current ?? -2)) <= 1) return
    own.current = undefined
    setFollowing(element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_PX)
  }, [])

  const toEnd = useCallback(() => {
    const element = scroller.current
    if (element !== null) scrollTo(element, element.scrollHeight)
    setFollowing(true)
  }, [scrollTo])

  /** Leaves the end: the reader looks at something else. */
  const leave = useCallback(() => setFollowing(false), [])

  /** Brings a line into sight. Scrolls nothing but the list, and not at all where the line is in sight. */
  const show = useCallback(
    (line: Element | undefined) => {
      const element = scroller.current
      if (element === null || line === undefined || isInSight(line, element)) return
      const { top, bottom } = sight(element)
      scrollTo(element, element.scrollTop + line.getBoundingClientRect().top - top - (bottom - top) * LINE_AT)
    },
    [scrollTo],
  )

  // Its size and not the number of lines: a line that comes into sight gets its true height only then.
  useEffect(() => {
    const element = scroller.current
    const list = element?.firstElementChild
    if (!live || !following || !element || !list) return
    const observer = new ResizeObserver(() => scrollTo(element, element.scrollHeight))
    observer.observe(list)
    return () => observer.disconnect()
  }, [live, following, scrollTo])

  return { scroller, following, onScroll, toEnd, leave, show }
}

export type Follow = ReturnType<typeof useFollow>

/** What is to be seen of a scroller: it may be partly below the end of the window. */
function sight(scroller: Element): { readonly top: number; readonly bottom: number } {
  const { top, bottom } = scroller.getBoundingClientRect()
  const seen = { top: Math.max(0, top), bottom: Math.min(innerHeight, bottom) }
  // Out of the window as a whole, or nearly: then it is as good as all of it.
  return seen.bottom - seen.top < NEAR_PX ? { top, bottom } : seen
}

/** Whether all of `line` is in sight within `scroller`. */
function isInSight(line: Element, scroller: Element): boolean {
  const [{ top, bottom }, seen] = [line.getBoundingClientRect(), sight(scroller)]
  return top >= seen.top - 1 && bottom <= seen.bottom + 1
}

/** Whether some of `line` is. */
export function isPartlyInSight(line: Element, scroller: Element): boolean {
  const [{ top, bottom }, seen] = [line.getBoundingClientRect(), sight(scroller)]
  return bottom > seen.top && top < seen.bottom
}
