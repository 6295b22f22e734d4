import { type RefObject, useEffect, useRef } from 'react'
import { sight } from './sight.ts'

/** After the last movement: a browser may refuse an entry that is written more than a hundred times in half a minute. */
const REST_MS = 300

/**
 * Keeps the line at the top of the window in the entry of the history, and brings it back there after a reload and on the way
 * back: the browser's own attempt comes before the lines do.
 *
 * @param list - the lines, in blocks.
 * @param whole - whether all of them are there. Before that nothing is kept.
 */
export function useKeptPlace(list: RefObject<HTMLElement | null>, whole: boolean) {
  /** Once: one that is tried again and ends again stays where it is. */
  const isBack = useRef(false)
  useEffect(() => {
    if (!whole) return
    const kept = isBack.current ? undefined : placeOf(history.state)
    // Firefox scrolls to no line of a block that it has not looked at yet.
    const frame = requestAnimationFrame(() => {
      isBack.current = true
      if (kept !== undefined) list.current?.querySelectorAll('li')[kept]?.scrollIntoView({ block: 'start', behavior: 'instant' })
    })
    let rest: ReturnType<typeof setTimeout> | undefined
    const keep = () => {
      history.replaceState({ ...history.state, line: lineAtTop(list.current) }, '')
    }
    const onScroll = () => {
      clearTimeout(rest)
      rest = setTimeout(keep, REST_MS)
    }
    // Both would scroll, and the browser by heights that blocks do not have yet.
    history.scrollRestoration = 'manual'
    addEventListener('scroll', onScroll, { passive: true })
    return () => {
      history.scrollRestoration = 'auto'
      cancelAnimationFrame(frame)
      clearTimeout(rest)
      removeEventListener('scroll', onScroll)
    }
  }, [list, whole])
}

function placeOf(state: unknown): number | undefined {
  return typeof state === 'object' && state !== null && 'line' in state && typeof state.line === 'number' ? state.line : undefined
}

/** Undefined where what is above the lines is in sight as well. */
function lineAtTop(list: HTMLElement | null): number | undefined {
  const { top } = sight()
  if (list === null || list.getBoundingClientRect().top >= top) return undefined
  // Block by block: a line out of sight is laid out when it is asked for.
  const reaches = (element: Element) => element.getBoundingClientRect().bottom > top + 1
  const blocks = [...list.querySelectorAll('ol')]
  const block = blocks.findIndex(reaches)
  if (block < 0) return undefined
  const before = blocks.slice(0, block).reduce((count, { childElementCount }) => count + childElementCount, 0)
  return before + [...(blocks[block]?.children ?? [])].findIndex(reaches)
}
