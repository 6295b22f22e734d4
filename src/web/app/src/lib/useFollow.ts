import { useCallback, useEffect, useRef, useState } from 'react'
import { isInSight, sight } from './sight.ts'

/** So near to the end counts as there, on the way down: fractions of a pixel, and a finger that is not exact. */
const NEAR_PX = 48

/** Where a line is put that was out of sight, as a share of what is in sight: a whole view of lines follows it. */
const LINE_AT = 0.15

/**
 * Keeps the end of a growing list in sight by scrolling the page, from when it was `live` on: its last lines come with the end.
 * A reader who scrolls up or selects text is left alone until they come back to the end or ask for it.
 */
export function useFollow(live: boolean) {
  const [wasLive, setWasLive] = useState(live)
  if (live && !wasLive) setWasLive(true)
  const list = useRef<HTMLDivElement>(null)
  /** Where the page was scrolled to last, by us or by the reader. */
  const last = useRef(0)
  const [following, setShown] = useState(true)
  /** The same at once: a line that comes in the frame in which the reader scrolls would else take them back. */
  const isFollowing = useRef(true)
  const setFollowing = useCallback((to: boolean) => {
    isFollowing.current = to
    setShown(to)
  }, [])

  const scrollBy = useCallback((px: number) => {
    window.scrollTo({ top: scrollY + px, behavior: 'instant' })
    // The event that follows is ours and says nothing about the reader.
    last.current = scrollY
  }, [])

  /** How much of the list's end is out of sight, in px; negative where there is room below it. */
  const hidden = useCallback(() => (list.current?.getBoundingClientRect().bottom ?? 0) - sight().bottom, [])

  const keepUp = useCallback(() => {
    const px = hidden()
    if (px > 0 && isFollowing.current) scrollBy(px)
  }, [hidden, scrollBy])

  const toEnd = useCallback(() => {
    setFollowing(true)
    keepUp()
  }, [keepUp, setFollowing])

  /** Leaves the end: the reader looks at something else. */
  const leave = useCallback(() => setFollowing(false), [setFollowing])

  /** Brings a line into sight; scrolls nothing where it is in sight already. */
  const show = useCallback(
    (line: Element | undefined) => {
      if (line === undefined || isInSight(line)) return
      const { top, bottom } = sight()
      scrollBy(line.getBoundingClientRect().top - top - (bottom - top) * LINE_AT)
    },
    [scrollBy],
  )

  useEffect(() => {
    if (!wasLive) return
    const onScroll = () => {
      const moved = scrollY - last.current
      last.current = scrollY
      if (moved < 0) setFollowing(hidden() <= 1)
      else if (moved > 0 && hidden() < NEAR_PX) setFollowing(true)
    }
    // Lines that move under the pointer would be selected as well.
    const onSelect = () => {
      const selection = getSelection()
      if (selection?.isCollapsed === false && list.current?.contains(selection.focusNode)) setFollowing(false)
    }
    // After a reload the end is where the reader was.
    history.scrollRestoration = 'manual'
    addEventListener('scroll', onScroll, { passive: true })
    document.addEventListener('selectionchange', onSelect)
    return () => {
      history.scrollRestoration = 'auto'
      removeEventListener('scroll', onScroll)
      document.removeEventListener('selectionchange', onSelect)
    }
  }, [wasLive, hidden, setFollowing])

  // All that is on the page and not the list alone: what opens above the list moves it as well.
  useEffect(() => {
    const page = list.current?.closest('main')
    if (!wasLive || !following || !page) return
    const observer = new ResizeObserver(keepUp)
    observer.observe(page)
    addEventListener('resize', keepUp)
    return () => {
      observer.disconnect()
      removeEventListener('resize', keepUp)
    }
  }, [wasLive, following, keepUp])

  return { list, following, toEnd, leave, show, wasLive }
}

export type Follow = ReturnType<typeof useFollow>
