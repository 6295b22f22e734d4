import type { Connection } from '@playhead/live'
import { type QueryClient, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { ME, forget, forgetAllBut, lostLogin } from './client.ts'
import { get, post } from './http.ts'
import type { Credentials, Me, Site } from './types.ts'

const SITE = ['site'] as const

/** Who is signed in; null for nobody. */
export function useMe() {
  const client = useQueryClient()
  return useQuery({
    queryKey: ME,
    queryFn: ({ signal }) => readMe(client, signal),
    staleTime: Number.POSITIVE_INFINITY,
    // Somebody may have signed in or out in another tab meanwhile.
    refetchOnWindowFocus: 'always',
  })
}

async function readMe(client: QueryClient, signal?: AbortSignal): Promise<Me | null> {
  try {
    const me = await get<Me>('/me', signal)
    const before = client.getQueryData<Me | null>(ME)
    if (before && before.id !== me.id) forgetAllBut(client, ME)
    return me
  } catch (error) {
    if (!lostLogin(error)) throw error
    forget(client)
    return null
  }
}

/**
 * Whether following has ended for good although somebody is signed in. It hears of a sign-out before anything else does:
 * then it is asked who is, and where nobody is, nothing of this is shown any more.
 */
export function useLost({ phase, reason }: Connection): boolean {
  const client = useQueryClient()
  const [answered, setAnswered] = useState(false)
  const signedOut = phase === 'failed' && reason === 'signed_out'
  useEffect(() => {
    if (!signedOut) return
    let current = true
    void client.invalidateQueries({ queryKey: ME }).then(() => current && setAnswered(true))
    return () => {
      current = false
      setAnswered(false)
    }
  }, [client, signedOut])
  return phase === 'failed' && (!signedOut || answered)
}

/** How statuses reach somebody, by their id or email: for admins. Asked when there is somebody to ask about. */
export function useTransportOf(person: string) {
  return useQuery({
    queryKey: ['transport', person],
    queryFn: ({ signal }) => get<Me>(`/admin/users/${encodeURIComponent(person)}/transport`, signal),
    enabled: person !== '',
    // It is the answer of this moment.
    staleTime: 0,
    gcTime: 0,
  })
}

/** Who may make an account here, and whom to ask who cannot sign in. */
export function useSite() {
  return useQuery({
    queryKey: SITE,
    queryFn: ({ signal }) => get<Site>('/site', signal),
    staleTime: Number.POSITIVE_INFINITY,
  })
}

/** Registers or signs in, and learns who one is. */
export function useEnter() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: ({ way, ...credentials }: Credentials & { way: 'login' | 'register' }) =>
      post<unknown>(`/auth/${way}`, credentials),
    onSuccess: () => {
      // Perhaps somebody else was signed in here, and signed out in another tab.
      forget(client)
      // What fails here fails the whole: it is told of.
      return client.fetchQuery({ queryKey: ME, queryFn: ({ signal }) => readMe(client, signal), staleTime: 0 })
    },
  })
}

export function useSignOut() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: () => post<void>('/auth/logout'),
    onSuccess: () => forget(client),
  })
}
