import type { SessionStatus } from '@playhead/session-status'
import { useEffect, useState } from 'react'
import { useThrottled } from './useThrottled.ts'

/** As in index.html. */
const PLAIN = '/favicon.svg'
/** As many as the ruler has marks; a finer one would not be seen in a tab. */
const STEPS = 20
/** The shortest time between two icons: a browser draws each anew, and an upload may be quick. */
const LEAST_MS = 1_000

/** Steps that are done, or that all of it is; undefined for the plain icon. */
type Picture = number | 'completed' | undefined

/**
 * Fills the tab's icon as the ruler fills, for a tab that is behind others. Once completed, it is filled in another colour until
 * the tab is next looked at or left. Under reduced motion it stays as it is.
 */
export function useFavicon({ state, progress }: Pick<SessionStatus, 'state' | 'progress'>): void {
  const [seen, setSeen] = useState(state === 'completed')
  const isNews = state === 'completed' && !seen
  useEffect(() => {
    if (!isNews) return
    const see = () => setSeen(true)
    document.addEventListener('visibilitychange', see)
    return () => document.removeEventListener('visibilitychange', see)
  }, [isNews])

  const goesOn = progress !== null && (state === 'uploading' || state === 'processing')
  const picture: Picture = isNews ? 'completed' : goesOn ? Math.floor(progress * STEPS) : undefined
  const drawn = useThrottled(picture, LEAST_MS)
  useEffect(() => show(drawn), [drawn])
  useEffect(() => () => show(undefined), [])
}

function show(picture: Picture): void {
  const icon = document.querySelector('link[rel="icon"]')
  const isPlain = picture === undefined || matchMedia('(prefers-reduced-motion: reduce)').matches
  const href = isPlain ? PLAIN : `data:image/svg+xml,${encodeURIComponent(drawing(picture))}`
  if (icon !== null && icon.getAttribute('href') !== href) icon.setAttribute('href', href)
}

/** Colours that can be seen on light and on dark tabs: an icon does not hear of the page's theme. */
function drawing(picture: number | 'completed'): string {
  const inside =
    picture === 'completed'
      ? '<path fill="#0b7a63" d="M0 0h32v32H0z"/><path fill="none" stroke="#fff" stroke-width="4" stroke-linecap="round" stroke-linejoin="round" d="m8 17 6 6 10-13"/>'
      : ruler((32 * picture) / STEPS)
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><clipPath id="a"><rect width="32" height="32" rx="7"/></clipPath><g clip-path="url(#a)">${inside}</g></svg>`
}

/** Played up to `x`, where the head stands as far as there is room for it. */
function ruler(x: number): string {
  const head = Math.min(28, Math.max(4, x))
  return `<path fill="#4b515d" d="M0 0h32v32H0z"/><path fill="#e2581a" d="M0 0h${x}v32H0z"/><path fill="#fff" d="M${head - 4.5} 3h9L${head + 1.7} 8v24h-3.4V8z"/>`
}
