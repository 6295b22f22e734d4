import { useQueryClient } from '@tanstack/react-query'
import {
  type ReactNode,
  createContext,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useRef,
  useState,
} from 'react'
import { useLocation } from 'wouter'
import { sentenceOf } from './http.ts'
import { upload } from './upload.ts'

/** One file on its way. It leaves the list when it has become a session. */
export interface Upload {
  readonly key: string
  readonly filename: string
  readonly share: number
  readonly error: string | undefined
}

interface Uploads {
  readonly uploads: readonly Upload[]
  readonly add: (files: readonly File[], language: string) => void
  /** Stops an upload, or puts a failed one away. */
  readonly dismiss: (key: string) => void
}

const UploadsContext = createContext<Uploads>({ uploads: [], add: () => {}, dismiss: () => {} })

export const useUploads = () => useContext(UploadsContext)

/** Holds the uploads above the pages, so that they go on when the reader looks at another one. */
export function UploadsProvider({ children }: { children: ReactNode }) {
  const client = useQueryClient()
  const watch = useWatchFromHome()
  const [uploads, setUploads] = useState<readonly Upload[]>([])
  const [stops] = useState(() => new Map<string, AbortController>())
  const queue = useRef<Promise<void>>(Promise.resolve())
  const count = useRef(0)

  const drop = useCallback((key: string) => setUploads((all) => all.filter((one) => one.key !== key)), [])
  const change = useCallback((key: string, to: Partial<Upload>) => {
    setUploads((all) => all.map((one) => (one.key === key ? { ...one, ...to } : one)))
  }, [])

  const send = useCallback(
    async (key: string, file: File, language: string, alone: boolean) => {
      const signal = stops.get(key)?.signal
      if (signal === undefined || signal.aborted) return
      try {
        const session = await upload({ file, language, signal, onProgress: (share) => change(key, { share }) })
        drop(key)
        void client.invalidateQueries({ queryKey: ['sessions'] })
        if (alone) watch(session.id)
      } catch (error) {
        if (!signal.aborted) change(key, { error: sentenceOf(error) })
      }
      stops.delete(key)
    },
    [change, client, drop, stops, watch],
  )

  const add = useCallback(
    (files: readonly File[], language: string) => {
      for (const file of files) {
        // Counted: crypto.randomUUID() is missing where the page is not secure, such as http:// on a local network.
        const key = `upload-${++count.current}`
        stops.set(key, new AbortController())
        setUploads((all) => [...all, { key, filename: file.name, share: 0, error: undefined }])
        // One after another, so that the first is ready soonest.
        queue.current = queue.current.then(() => send(key, file, language, files.length === 1))
      }
    },
    [send, stops],
  )

  const dismiss = useCallback(
    (key: string) => {
      stops.get(key)?.abort()
      stops.delete(key)
      drop(key)
    },
    [drop, stops],
  )

  useLeaveWarning(uploads.some(({ error }) => error === undefined))
  const value = useMemo(() => ({ uploads, add, dismiss }), [uploads, add, dismiss])
  return <UploadsContext.Provider value={value}>{children}</UploadsContext.Provider>
}

/** One file was brought to be watched, unless the reader has gone elsewhere meanwhile. */
function useWatchFromHome() {
  const [location, navigate] = useLocation()
  const here = useRef(location)
  useEffect(() => {
    here.current = location
  }, [location])
  return useCallback(
    (id: string) => {
      if (here.current === '/') navigate(`/sessions/${id}`)
    },
    [navigate],
  )
}

/** Asks before the page is left, as that would cut the upload off. */
function useLeaveWarning(active: boolean) {
  useEffect(() => {
    if (!active) return
    const warn = (event: BeforeUnloadEvent) => event.preventDefault()
    addEventListener('beforeunload', warn)
    return () => removeEventListener('beforeunload', warn)
  }, [active])
}
