/** The part of the window, in its own pixels, that nothing sticky covers: what the scroll padding leaves. */
export function sight(): { readonly top: number; readonly bottom: number } {
  const { scrollPaddingTop, scrollPaddingBottom } = getComputedStyle(document.documentElement)
  const px = (length: string) => Number.parseFloat(length) || 0
  return { top: px(scrollPaddingTop), bottom: document.documentElement.clientHeight - px(scrollPaddingBottom) }
}

/** Whether all of an element is in sight. */
export function isInSight(element: Element): boolean {
  const [{ top, bottom }, seen] = [element.getBoundingClientRect(), sight()]
  return top >= seen.top - 1 && bottom <= seen.bottom + 1
}

/** Whether some of an element is in sight. */
export function isPartlyInSight(element: Element): boolean {
  const [{ top, bottom }, seen] = [element.getBoundingClientRect(), sight()]
  return bottom > seen.top && top < seen.bottom
}
