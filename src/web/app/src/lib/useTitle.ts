import { useEffect } from 'react'
import { strings } from '../strings/index.ts'

/** Names the tab: what this page is, then whose. */
export function useTitle(title: string) {
  useEffect(() => {
    document.title = title === '' ? strings.layout.brand : strings.layout.tabTitle(title)
  }, [title])
}
