import { useQueryClient } from '@tanstack/react-query'
import { type ReactNode, createContext, useCallback, useContext, useEffect, useMemo, useRef, useState } from 'react'
import { useLocation } from 'wouter'
import type { Dropped } from '../lib/dropped.ts'
import { useSay } from '../lib/say.ts'
import { TitleContext } from '../lib/useTitle.ts'
import { strings } from '../strings/index.ts'
import { ApiError } from './http.ts'
import type { Why } from './pause.ts'
import type { Sender } from './sender.ts'
import type { Choices } from './tus.ts'
import type { Session } from './types.ts'

/** One file on its way from this tab. It is one of them until the server has all of it. */
export interface Upload {
  readonly key: string
  /** The session that it becomes, from its first byte on; none where that was refused, or its turn has not come. */
  readonly id: string | undefined
  readonly filename: string
  /** Unknown of a folder. */
  readonly size_bytes: number | undefined
  /** `waiting` for its turn, the network or the server; `elsewhere` once another tab or device sends it. */
  readonly state: 'waiting' | 'sending' | 'paused' | 'elsewhere' | 'failed'
  /** How much of it the server has, from 0 to 1: not what the network took. */
  readonly share: number
  /** Why it failed, if it did. */
  readonly error: unknown
}

/** Why nothing is sent for now, and when it is tried again, in ms since 1970. */
export interface Waiting {
  readonly why: Why
  readonly until: number
}

export interface UploadsState {
  readonly uploads: readonly Upload[]
  /** Set while all of it waits for the network or the server. */
  readonly waiting: Waiting | undefined
  /** The sessions whose files this browser can read again without their being chosen. */
  readonly kept: ReadonlySet<string>
}

interface Uploads extends UploadsState {
  /** Sends files, and shows why others are not sent. */
  readonly add: (files: readonly Dropped[], choices: Choices) => void
  /** Goes on with a file that was chosen again, or, without it, that this browser has kept. Says why not, if so. */
  readonly resume: (session: Session, file?: File) => Promise<string | undefined>
  readonly pause: (key: string) => void
  /** Sends on what was paused, failed, or goes on elsewhere. */
  readonly retry: (key: string) => void
  /** Takes an upload out of the list, with what has arrived of it. */
  readonly dismiss: (key: string) => void
  /** Stops sending the file of a session that is ended or deleted. */
  readonly forget: (id: string) => void
  /** Tells how much of a session's file has arrived, by its status. */
  readonly heard: (id: string, share: number) => void
}

const NONE: UploadsState = { uploads: [], waiting: undefined, kept: new Set() }
const nothing = () => {}
const UploadsContext = createContext<Uploads>({
  ...NONE, add: nothing, resume: async () => undefined, pause: nothing, retry: nothing, dismiss: nothing, forget: nothing, heard: nothing,
})

export const useUploads = () => useContext(UploadsContext)

/** Whether it is on its way, or waits to be. */
export function isUnderWay({ state }: Upload): boolean {
  return state === 'waiting' || state === 'sending'
}

interface Props {
  /** The id of who is signed in. */
  readonly person: string
  readonly children: ReactNode
}

/** Holds the uploads above the pages, so that they go on when the reader looks at another one. */
export function UploadsProvider({ person, children }: Props) {
  const client = useQueryClient()
  const watch = useWatchFromHome()
  const say = useSay()
  const [state, show] = useState(NONE)
  const sender = useRef<Promise<Sender>>(undefined)

  // What sends is read after the page: nobody has chosen a file by then.
  useEffect(() => {
    let gone = false
    const begun = import('./sender.ts').then(
      (read) => new read.Sender({ client, person, say, watch, show: (next) => void (gone || show(next)) }),
    )
    sender.current = begun
    begun.catch(() => {})
    return () => {
      gone = true
      // Whoever signs in next must not send what this person chose, nor what of a folder is read only then.
      begun.then((it) => it.close(), () => {})
    }
  }, [client, person, say, watch])

  const uploads = useMemo(() => {
    const ask = <T,>(run: (it: Sender) => T) => sender.current?.then(run)
    const tell = (run: (it: Sender) => void) => void ask(run)?.catch(() => {})
    return {
      ...state,
      add: (files, choices) =>
        void ask((it) => it.add(files, choices))?.catch(() => show((before) => ({ ...before, uploads: [...before.uploads, ...files.map(unsent)] }))),
      resume: async (session, file) => ask((it) => (file === undefined ? it.goOn(session) : it.resume(session, file))),
      pause: (key) => tell((it) => it.pause(key)),
      retry: (key) => tell((it) => it.retry(key)),
      dismiss: (key) => tell((it) => it.dismiss(key)),
      forget: (id) => tell((it) => it.forget(id)),
      heard: (id, share) => tell((it) => it.heard(id, share)),
    } satisfies Uploads
  }, [state])

  useLeaveWarning(state.uploads.some((one) => one.state !== 'failed' && one.state !== 'elsewhere' && !(one.id !== undefined && state.kept.has(one.id))))
  return (
    <UploadsContext.Provider value={uploads}>
      <TitleContext value={titleOf(state)}>{children}</TitleContext>
    </UploadsContext.Provider>
  )
}

/** What is shown of a file where that which sends could not be read: the site has another version now. */
function unsent(file: Dropped, index: number): Upload {
  const error = new ApiError(0, 'unknown', strings.errors.broken)
  return { key: `unsent-${performance.now()}-${index}`, id: undefined, filename: file.name, size_bytes: undefined, state: 'failed', share: 0, error }
}

/** What the tab's title begins with, on every page. */
function titleOf({ uploads, waiting }: UploadsState): string {
  const words = strings.upload.inTitle
  const left = uploads.filter(isUnderWay)
  if (left.length > 0) return waiting ? words.waiting : words.going((left.find(({ state }) => state === 'sending') ?? left[0])?.share ?? 0)
  if (uploads.some(({ state }) => state === 'failed')) return words.failed
  return uploads.some(({ state }) => state === 'paused') ? words.paused : ''
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

/** Asks before the page is left where a file would have to be chosen again: what has arrived is kept all the same. */
function useLeaveWarning(active: boolean) {
  useEffect(() => {
    if (!active) return
    const warn = (event: BeforeUnloadEvent) => event.preventDefault()
    addEventListener('beforeunload', warn)
    return () => removeEventListener('beforeunload', warn)
  }, [active])
}
