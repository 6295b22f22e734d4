import { type QueryClient, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { isUploading } from '../lib/stages.ts'
import { lostLogin } from './client.ts'
import { get, post, remove } from './http.ts'
import { pauseOf } from './pause.ts'
import type { Choice, Session, SessionPage } from './types.ts'

/** While it is looked at, the list is read again this often: no stream tells of finished sessions deleted elsewhere. */
const LIST_REFRESH_MS = 60_000

/** Where the list is kept: everything read so far as one page, however many it took. */
const LIST = ['sessions'] as const

/** The person's sessions, newest first. Read again, it costs one request, however far down it was read before. */
export function useSessions() {
  return useQuery({
    queryKey: LIST,
    queryFn: async ({ client, signal }) => joined(await readPage(null, signal), client.getQueryData<SessionPage>(LIST)),
    refetchInterval: LIST_REFRESH_MS,
  })
}

/** Reads on from where the list ends: one page, or page after page to the end for as long as `all` is wanted. */
export function useOlderSessions(all: boolean) {
  const client = useQueryClient()
  const goOn = useRef(all)
  useEffect(() => {
    goOn.current = all
    return () => {
      goOn.current = false
    }
  }, [all])
  async function readOn(): Promise<void> {
    const cursor = client.getQueryData<SessionPage>(LIST)?.next_cursor
    if (cursor === undefined || cursor === null) return
    const page = await readPage(cursor)
    client.setQueryData<SessionPage>(LIST, (list) =>
      list?.next_cursor === cursor ? { ...page, sessions: [...list.sessions, ...page.sessions] } : list,
    )
    if (goOn.current) return readOn()
  }
  return useMutation({ mutationFn: readOn })
}

function readPage(cursor: string | null, signal?: AbortSignal): Promise<SessionPage> {
  return get<SessionPage>(`/sessions${cursor === null ? '' : `?cursor=${encodeURIComponent(cursor)}`}`, signal)
}

/** The newest page with what is known of the older ones; without it where the two do not meet any more. */
function joined(newest: SessionPage, known: SessionPage | undefined): SessionPage {
  const last = newest.sessions.at(-1)
  const meets = known?.sessions.findIndex(({ id }) => id === last?.id) ?? -1
  if (known === undefined || newest.next_cursor === null || meets < 0) return newest
  return { ...known, sessions: [...newest.sessions, ...known.sessions.slice(meets + 1)] }
}

/** One session: what the list knows of it at once, and then what the server answers. */
export function useSession(id: string) {
  const client = useQueryClient()
  return useQuery({
    queryKey: ['session', id],
    queryFn: ({ signal }) => get<Session>(`/sessions/${encodeURIComponent(id)}`, signal),
    initialData: () => client.getQueryData<SessionPage>(LIST)?.sessions.find((session) => session.id === id),
    initialDataUpdatedAt: () => client.getQueryState(LIST)?.dataUpdatedAt,
  })
}

/** What can be done with a session. */
export type Action = 'cancel' | 'retry' | 'delete'

/** Acts on a session. One for all actions: of an earlier one nothing is told once there is a later one. */
export function useAct(id: string) {
  const client = useQueryClient()
  const path = `/sessions/${encodeURIComponent(id)}`
  return useMutation({
    mutationFn: async (action: Action) => {
      if (action !== 'delete') return post<Session>(`${path}/${action}`)
      return void (await remove(path))
    },
    onSuccess: (session) => {
      if (session) updateSession(client, session)
      else forgetSession(client, id)
      void readListAgain(client)
    },
  })
}

/** Transcribes a session again, with other choices. */
export function useTranscribeAgain(id: string) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (choice: Choice) => post<Session>(`/sessions/${encodeURIComponent(id)}/retry`, choice),
    onSuccess: (session) => {
      updateSession(client, session)
      void readListAgain(client)
    },
    // It may have begun all the same, if only the answer was lost.
    onError: () => void client.invalidateQueries({ queryKey: ['session', id] }),
  })
}

/** What became of many requests: `refused` of `of` were not granted, `error` says why the last one was not. */
interface Outcome {
  readonly of: number
  readonly refused: number
  readonly error: unknown
}

/**
 * Takes several sessions up again, one request after another. Where the server has enough for now, or cannot be reached, the
 * rest is not asked for.
 */
export function useRetryAll() {
  const client = useQueryClient()
  async function retryFrom(ids: readonly string[], n: number, before: Outcome): Promise<Outcome> {
    const id = ids[n]
    if (id === undefined) return before
    try {
      updateSession(client, await post<Session>(`/sessions/${encodeURIComponent(id)}/retry`))
    } catch (error) {
      if (lostLogin(error)) throw error
      if (pauseOf(error, 0) !== undefined) return { ...before, refused: before.refused + ids.length - n, error }
      return retryFrom(ids, n + 1, { ...before, refused: before.refused + 1, error })
    }
    return retryFrom(ids, n + 1, before)
  }
  return useMutation({
    mutationFn: (ids: readonly string[]) => retryFrom(ids, 0, { of: ids.length, refused: 0, error: undefined }),
    onSettled: () => void readListAgain(client),
  })
}

/** A session that has just begun is on its page and in the list at once. */
export function showSession(client: QueryClient, session: Session): void {
  client.setQueryData(['session', session.id], session)
  client.setQueryData<SessionPage>(LIST, (list) => list && { ...list, sessions: [session, ...without(list, session.id)] })
  // It is not in what is being read.
  if (client.isFetching({ queryKey: LIST }) > 0) void readListAgain(client)
}

/** A session as the server answered it, on its page and where it is in the list. */
function updateSession(client: QueryClient, session: Session): void {
  client.setQueryData(['session', session.id], session)
  client.setQueryData<SessionPage>(
    LIST,
    (list) => list && { ...list, sessions: list.sessions.map((one) => (one.id === session.id ? session : one)) },
  )
}

/** The session that has begun for a file though its answer was lost: an empty one like it that is none of `ours`. */
export async function sessionBegunOf({ name, size }: File, ours: ReadonlySet<string | undefined>): Promise<Session | undefined> {
  const { sessions } = await readPage(null)
  return sessions.find(
    ({ id, filename, size_bytes, status }) => isUploading(status) && !status.progress && !ours.has(id) && filename === name && size_bytes === size,
  )
}

/** Something in the list has changed in a way that only the service knows. Resolves when it was read, or could not be. */
export function readListAgain(client: QueryClient): Promise<void> {
  return client.invalidateQueries({ queryKey: LIST })
}

/** One that is deleted is gone at once: the list is what the reader sees next. */
export function forgetSession(client: QueryClient, id: string): void {
  unlist(client, id)
  client.removeQueries({ queryKey: ['session', id] })
}

/** Takes one out of the list that is known to be gone: the older ones are not read again by themselves. */
export function useUnlist(id: string) {
  const client = useQueryClient()
  useEffect(() => unlist(client, id), [client, id])
}

function unlist(client: QueryClient, id: string): void {
  client.setQueryData<SessionPage>(LIST, (list) => list && { ...list, sessions: without(list, id) })
}

function without({ sessions }: SessionPage, id: string): readonly Session[] {
  return sessions.filter((session) => session.id !== id)
}
