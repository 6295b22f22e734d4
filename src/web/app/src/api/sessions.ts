import { type InfiniteData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { get, post, remove } from './http.ts'
import type { Session, SessionPage } from './types.ts'

/** While it is looked at, the list is read again this often: no stream tells of finished sessions deleted elsewhere. */
const LIST_REFRESH_MS = 60_000

/** The person's sessions, newest first, page by page. */
export function useSessions() {
  return useInfiniteQuery({
    queryKey: ['sessions'],
    queryFn: ({ pageParam, signal }) =>
      get<SessionPage>(`/sessions${pageParam === null ? '' : `?cursor=${encodeURIComponent(pageParam)}`}`, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    refetchInterval: LIST_REFRESH_MS,
  })
}

export function useSession(id: string) {
  return useQuery({
    queryKey: ['session', id],
    queryFn: ({ signal }) => get<Session>(`/sessions/${encodeURIComponent(id)}`, signal),
  })
}

/** Cancels a session or tries it again; the answer is the session as it is then. */
export function useAsk(id: string, what: 'cancel' | 'retry') {
  const client = useQueryClient()
  return useMutation({
    mutationFn: () => post<Session>(`/sessions/${encodeURIComponent(id)}/${what}`),
    onSuccess: (session) => {
      client.setQueryData(['session', id], session)
      void client.invalidateQueries({ queryKey: ['sessions'] })
    },
  })
}

export function useDeleteSession(id: string) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: () => remove(`/sessions/${encodeURIComponent(id)}`),
    onSuccess: () => {
      // Taken out at once: the list is what the reader sees next.
      client.setQueryData<InfiniteData<SessionPage>>(['sessions'], (list) => list && without(list, id))
      client.removeQueries({ queryKey: ['session', id] })
      void client.invalidateQueries({ queryKey: ['sessions'] })
    },
  })
}

function without(list: InfiniteData<SessionPage>, id: string): InfiniteData<SessionPage> {
  const pages = list.pages.map((page) => ({ ...page, sessions: page.sessions.filter((session) => session.id !== id) }))
  return { ...list, pages }
}
