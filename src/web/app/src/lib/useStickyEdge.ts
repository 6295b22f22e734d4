import { useLayoutEffect, useRef } from 'react'

/**
 * For what sticks to an edge of the window: publishes its height as `--covered-top` or `--covered-bottom` on `<html>`, where
 * the scroll padding is made of it (base.css). Spread the result as `ref`. An element whose offset is negative does not
 * stick: a short window, or large text, leaves no room for it.
 */
export function useStickyEdge<T extends HTMLElement>(edge: 'top' | 'bottom') {
  const ref = useRef<T>(null)
  useLayoutEffect(() => {
    const [element, root] = [ref.current, document.documentElement.style]
    if (element === null) return
    const name = `--covered-${edge}`
    const publish = () => {
      const sticks = Number.parseFloat(getComputedStyle(element)[edge]) >= 0
      root.setProperty(name, `${sticks ? element.offsetHeight : 0}px`)
    }
    // Before anything is scrolled to.
    publish()
    const observer = new ResizeObserver(publish)
    observer.observe(element)
    addEventListener('resize', publish)
    return () => {
      observer.disconnect()
      removeEventListener('resize', publish)
      root.removeProperty(name)
    }
  }, [edge])
  return ref
}
