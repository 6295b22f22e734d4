import { useEffect } from 'react'

/** Names the tab: what this page is, then whose. */
export function useTitle(title: string) {
  useEffect(() => {
    document.title = title === '' ? 'Playhead' : `${title} – Playhead`
  }, [title])
}
