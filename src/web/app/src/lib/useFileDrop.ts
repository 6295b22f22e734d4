import { useEffect, useRef, useState } from 'react'
import { type Dropped, filesOf } from './dropped.ts'

/**
 * Takes files and folders dropped anywhere on the page: beside the zone, a browser would leave the page to show the file.
 * Folders take a while to be read.
 */
export function useFileDrop(onDrop: (files: Promise<readonly Dropped[]>) => void): boolean {
  const [over, setOver] = useState(false)
  const latest = useRef(onDrop)
  useEffect(() => {
    latest.current = onDrop
  })
  useEffect(() => {
    const listening = new AbortController()
    const hear = (type: 'dragover' | 'dragleave' | 'drop', run: (event: DragEvent) => void) =>
      addEventListener(type, run, { signal: listening.signal })
    hear('dragover', (event) => {
      // Text and links may be dragged as ever.
      if (!event.dataTransfer?.types.includes('Files')) return
      event.preventDefault()
      setOver(true)
    })
    // Without anything that is entered instead, it was the window that was left.
    hear('dragleave', ({ relatedTarget }) => {
      if (relatedTarget === null) setOver(false)
    })
    hear('drop', (event) => {
      setOver(false)
      const items = [...(event.dataTransfer?.items ?? [])].filter(({ kind }) => kind === 'file')
      if (items.length === 0) return
      event.preventDefault()
      latest.current(filesOf(items))
    })
    return () => listening.abort()
  }, [])
  return over
}
