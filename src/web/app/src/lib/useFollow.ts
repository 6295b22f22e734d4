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
      const { top, height } = element.getBoundingClientRect()
      scrollTo(element, element.scrollTop + line.getBoundingClientRect().top - top - height * LINE_AT)
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

/** Whether all of `line` is in sight within `scroller`. */
function isInSight(line: Element, scroller: Element): boolean {
  const [a, b] = [line.getBoundingClientRect(), scroller.getBoundingClientRect()]
  return a.top >= b.top - 1 && a.bottom <= b.bottom + 1
}

/** Whether some of `line` is. */
export function isPartlyInSight(line: Element, scroller: Element): boolean {
  const [a, b] = [line.getBoundingClientRect(), scroller.getBoundingClientRect()]
  return a.bottom > b.top && a.top < b.bottom
}
