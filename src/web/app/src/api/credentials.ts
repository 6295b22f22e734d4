import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { get, post, remove } from './http.ts'
import type { ApiToken, Login, NewApiToken, TokenWanted } from './types.ts'

const LOGINS = { queryKey: ['logins'] }

/** Ends all other logins of this person. */
export function useChangePassword() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (passwords: { readonly password: string; readonly new_password: string }) => post<void>('/auth/password', passwords),
    onSuccess: () => client.invalidateQueries(LOGINS),
  })
}

export function useLogins() {
  return useQuery({
    ...LOGINS,
    queryFn: async ({ signal }) => (await get<{ logins: readonly Login[] }>('/logins', signal)).logins,
  })
}

/** Ends one login, or with `undefined` all but this browser's. */
export function useEndLogin() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (id: string | undefined) => remove(id === undefined ? '/logins' : `/logins/${id}`),
    // One that had ended already is not in the list either.
    onSettled: () => client.invalidateQueries(LOGINS),
  })
}

export function useTokens() {
  return useQuery({
    queryKey: ['tokens'],
    queryFn: async ({ signal }) => (await get<{ tokens: readonly ApiToken[] }>('/tokens', signal)).tokens,
  })
}

export function useCreateToken() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (wanted: TokenWanted) => post<NewApiToken>('/tokens', wanted),
    onSuccess: () => client.invalidateQueries({ queryKey: ['tokens'] }),
  })
}

export function useDeleteToken() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: async (id: string) => {
      await remove(`/tokens/${id}`)
      return id
    },
    onSuccess: () => client.invalidateQueries({ queryKey: ['tokens'] }),
  })
}
