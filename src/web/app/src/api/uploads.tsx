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
import type { Dropped } from '../lib/dropped.ts'
import { useSay } from '../lib/say.ts'
import { TitleContext } from '../lib/useTitle.ts'
import { strings } from '../strings/index.ts'
import { forget, lostLogin } from './client.ts'
import { ApiError } from './http.ts'
import { type Why, pauseFor, pauseOf } from './pause.ts'
import { idsInList, readListAgain, sessionMadeOf, showSession } from './sessions.ts'
import { type Choices, upload } from './upload.ts'

/** So often one file may be cut off in a row while there is a network: something on the way may refuse it by hanging up. */
const MOST_CUTS = 3

/** One file on its way. It is one of them until it has become a session. */
export interface Upload {
  readonly key: string
  readonly filename: string
  /** Unknown of a folder. */
  readonly size_bytes: number | undefined
  /** How much of it was sent; undefined until its turn comes. */
  readonly share: number | undefined
  /** Why it failed, if it did. */
  readonly error: unknown
}

/** What is to be sent, and how it is stopped. */
interface Job {
  readonly file: File
  readonly choices: Choices
  readonly batch: Batch
  readonly stop: AbortController
  /** How often it was cut off since it was asked for. */
  cuts: number
  /** What was in the list before it was sent. */
  before: ReadonlySet<string> | undefined
  /** All of it may have been taken, without an answer. */
  doubtful: boolean
}

/** Why nothing is sent for now, and when it is tried again, in ms since 1970. */
export interface Waiting {
  readonly why: Why
  readonly until: number
}

/** What was brought at once: a single one is watched as soon as it is there, several are told of when all are. */
interface Batch {
  readonly single: boolean
  toSend: number
  taken: readonly string[]
}

interface Uploads {
  readonly uploads: readonly Upload[]
  /** Set while all of it waits for the network or the server. */
  readonly waiting: Waiting | undefined
  /** Sends files, and shows why others are not sent. */
  readonly add: (files: readonly Dropped[], choices: Choices) => void
  /** Sends a failed one again. */
  readonly retry: (key: string) => void
  /** Stops an upload, or puts a failed one away. */
  readonly dismiss: (key: string) => void
}

const UploadsContext = createContext<Uploads>({ uploads: [], waiting: undefined, add: () => {}, retry: () => {}, dismiss: () => {} })

export const useUploads = () => useContext(UploadsContext)

/** Holds the uploads above the pages, so that they go on when the reader looks at another one. */
export function UploadsProvider({ children }: { children: ReactNode }) {
  const client = useQueryClient()
  const watch = useWatchFromHome()
  const say = useSay()
  const [uploads, setUploads] = useState<readonly Upload[]>([])
  const [waiting, setWaiting] = useState<Waiting>()
  const [jobs] = useState(() => new Map<string, Job>())
  const queue = useRef<Promise<void>>(Promise.resolve())
  const count = useRef(0)
  const gone = useRef(false)
  /** How often in a row it could not be sent, and the reason that was said last. */
  const outage = useRef<{ tries: number; said: Why | undefined }>({ tries: 0, said: undefined })

  const drop = useCallback((key: string) => setUploads((all) => all.filter((one) => one.key !== key)), [])
  const change = useCallback((key: string, to: Partial<Upload>) => {
    setUploads((all) => all.map((one) => (one.key === key ? { ...one, ...to } : one)))
  }, [])

  const send = useCallback(
    async function send(key: string): Promise<void> {
      const job = jobs.get(key)
      if (job === undefined) return
      const { file, choices, batch, stop } = job
      const { signal } = stop
      const onProgress = (share: number) => {
        if (share > 0) setWaiting(undefined)
        change(key, { share })
      }
      const isOver = () => {
        outage.current = { tries: 0, said: undefined }
        setWaiting(undefined)
      }
      // A further try is seen only when something goes: one of many without success would flicker.
      if (outage.current.tries === 0) change(key, { share: 0 })
      try {
        job.before ??= await idsInList(client)
        const made = job.doubtful ? await sessionMadeOf(file, job.before) : undefined
        signal.throwIfAborted()
        const session = made ?? (await upload({ file, choices, signal, onProgress }))
        isOver()
        jobs.delete(key)
        // Both at once, so that it is never in the list twice, nor missing from it.
        showSession(client, session)
        drop(key)
        batch.taken = [...batch.taken, file.name]
        if (batch.single) watch(session.id)
      } catch (error) {
        if (signal.aborted) return isOver()
        if (lostLogin(error)) return forget(client)
        const wait = isWorthAnother(job, error) ? pauseOf(error, outage.current.tries) : undefined
        if (wait === undefined) {
          isOver()
          return change(key, { error })
        }
        // The others would be refused as well.
        change(key, { share: undefined })
        setWaiting({ why: wait.why, until: Date.now() + wait.ms })
        if (outage.current.said !== wait.why) say(strings.upload.waits[wait.why])
        outage.current = { tries: outage.current.tries + 1, said: wait.why }
        await pauseFor(wait, signal)
        if (signal.aborted) return isOver()
        return send(key)
      }
    },
    [change, client, drop, jobs, say, watch],
  )

  // One after another, so that the first is ready soonest.
  const enqueue = useCallback(
    (key: string) => {
      const batch = jobs.get(key)?.batch
      if (batch === undefined) return
      batch.toSend += 1
      queue.current = queue.current
        .then(() => send(key))
        .then(() => {
          batch.toSend -= 1
          // Of many, once: nobody wants to hear fifty names, nor the server to be asked for fifty lists.
          if (batch.toSend > 0 || batch.taken.length === 0) return
          say(strings.upload.taken(batch.taken))
          batch.taken = []
          readListAgain(client)
        })
    },
    [client, jobs, say, send],
  )

  const add = useCallback(
    (files: readonly Dropped[], choices: Choices) => {
      if (gone.current) return
      const batch: Batch = { single: files.length === 1, toSend: 0, taken: [] }
      for (const file of files) {
        // Counted: crypto.randomUUID() is missing where the page is not secure, such as http:// on a local network.
        const key = `upload-${++count.current}`
        const [size_bytes, error] = file instanceof File ? [file.size, undefined] : [undefined, file.error]
        const next: Upload = { key, filename: file.name, size_bytes, share: undefined, error }
        setUploads((all) => [...all, next])
        if (!(file instanceof File)) continue
        jobs.set(key, { file, choices, batch, stop: new AbortController(), cuts: 0, before: undefined, doubtful: false })
        enqueue(key)
      }
    },
    [enqueue, jobs],
  )

  const retry = useCallback(
    (key: string) => {
      const job = jobs.get(key)
      if (job !== undefined) job.cuts = 0
      change(key, { share: undefined, error: undefined })
      enqueue(key)
    },
    [change, enqueue, jobs],
  )

  const dismiss = useCallback(
    (key: string) => {
      jobs.get(key)?.stop.abort()
      jobs.delete(key)
      drop(key)
    },
    [drop, jobs],
  )

  // Whoever signs in next must not send what this person chose, nor what of a folder is read only then.
  useEffect(() => {
    gone.current = false
    return () => {
      gone.current = true
      for (const { stop } of jobs.values()) stop.abort()
      jobs.clear()
    }
  }, [jobs])

  useLeaveWarning(uploads.some(({ error }) => error === undefined))
  const value = useMemo(() => ({ uploads, waiting, add, retry, dismiss }), [uploads, waiting, add, retry, dismiss])
  return (
    <UploadsContext.Provider value={value}>
      <TitleContext value={titleOf(uploads, waiting)}>{children}</TitleContext>
    </UploadsContext.Provider>
  )
}

/** What the tab's title begins with, on every page. */
function titleOf(uploads: readonly Upload[], waiting: Waiting | undefined): string {
  const words = strings.upload.inTitle
  const left = uploads.filter(({ error }) => error === undefined)
  if (left.length === 0) return uploads.length > 0 ? words.failed : ''
  return waiting ? words.waiting : words.going(left.find(({ share }) => share !== undefined)?.share ?? 0)
}

/** Notes how a try ended, and whether there may be another one of its own accord. */
function isWorthAnother(job: Job, error: unknown): boolean {
  if (!(error instanceof ApiError)) return true
  const { status, code } = error
  // A proxy may have passed on all of it before it lost the server.
  if (code === 'unanswered' || status === 502) job.doubtful = true
  if ((code === 'cut' || code === 'unanswered') && navigator.onLine) job.cuts += 1
  return job.cuts < MOST_CUTS
}

/** One file was brought to be watched, unless the reader has gone elsewhere meanwhile, or is in the middle of something. */
function useWatchFromHome() {
  const [location, navigate] = useLocation()
  const here = useRef(location)
  useEffect(() => {
    here.current = location
  }, [location])
  return useCallback(
    (id: string) => {
      const asked = document.querySelector('dialog[open]') !== null
      const searching = Boolean(document.querySelector<HTMLInputElement>('[type="search"]')?.value)
      if (here.current === '/' && !asked && !searching) navigate(`/sessions/${id}`)
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
