import { createContext, useContext, useEffect } from 'react'
import { strings } from '../strings/index.ts'

/** What goes on above all pages, for the title of each; empty where nothing does. */
export const TitleContext = createContext('')

/** Names the tab: what goes on above the page, what this page is, then whose. */
export function useTitle(title: string) {
  const before = useContext(TitleContext)
  useEffect(() => {
    const named = title === '' ? strings.layout.brand : strings.layout.tabTitle(title)
    document.title = before === '' ? named : strings.upload.inTitle.before(before, named)
  }, [before, title])
}
