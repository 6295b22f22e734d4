import { type InfiniteData, type QueryClient, useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query'
import { get, post, put } from './http.ts'
import type { Quota } from './types.ts'

/** A person as admins see them. */
export interface Person {
  readonly id: string
  readonly email: string
  readonly is_admin: boolean
  readonly created_at: string
  readonly disabled_at: string | null
  readonly quota: Quota
  readonly own_quota: OwnQuota
}

/** A quota of one's own: 0 is no limit, null the setting. */
export interface OwnQuota {
  readonly bytes: number | null
  readonly hours: number | null
  readonly queued: number | null
}

interface People {
  readonly users: readonly Person[]
  readonly next_cursor: string | null
}

/** What is done to a person at once. */
export type Deed = 'disable' | 'enable' | 'sign-out'

const USERS = 'users'

/** People whose email contains `search`, newest first. */
export function usePeople(search: string) {
  return useInfiniteQuery({
    queryKey: [USERS, search],
    queryFn: ({ signal, pageParam }) => {
      const query = new URLSearchParams({ ...(search !== '' && { search }), ...(pageParam !== null && { cursor: pageParam }) })
      return get<People>(`/admin/users?${query.toString()}`, signal)
    },
    initialPageParam: null as string | null,
    getNextPageParam: ({ next_cursor }) => next_cursor,
  })
}

export function useDeed({ id }: Person) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (deed: Deed) => post<Person>(`/admin/users/${id}/${deed}`),
    onSuccess: (person) => update(client, person),
  })
}

export function useSetQuota({ id }: Person) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (quota: OwnQuota) => put<Person>(`/admin/users/${id}/quota`, quota),
    onSuccess: (person) => update(client, person),
  })
}

export function useInvite() {
  return useMutation({ mutationFn: () => post<{ secret: string; expires_at: string }>('/admin/invites', {}) })
}

/** The person as the server answered it, wherever it is in a list: the list keeps its order and its length. */
function update(client: QueryClient, person: Person): void {
  client.setQueriesData<InfiniteData<People>>({ queryKey: [USERS] }, (list) =>
    list && {
      ...list,
      pages: list.pages.map((page) => ({ ...page, users: page.users.map((one) => (one.id === person.id ? person : one)) })),
    },
  )
}
