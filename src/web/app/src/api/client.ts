import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query'
import { ApiError } from './http.ts'

/** Where it is kept who is signed in. */
export const ME = ['me'] as const

/** Nobody is signed in: nothing of one person may be left for the next. */
export function forget(client: QueryClient): void {
  client.setQueryData(ME, null)
  forgetAllBut(client, ME)
}

export function forgetAllBut(client: QueryClient, kept: readonly string[]): void {
  client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== kept[0] })
}

/** Whether a login has ended. A wrong password is a 401 as well, but not the end of one. */
export function lostLogin(error: unknown): boolean {
  return error instanceof ApiError && error.status === 401 && error.code !== 'wrong_credentials'
}

/** Makes the query cache. Losing the login anywhere shows the sign-in page everywhere. */
export function createQueryClient(): QueryClient {
  const signedOut = (error: Error) => {
    if (lostLogin(error)) forget(client)
  }
  const client = new QueryClient({
    queryCache: new QueryCache({ onError: signedOut }),
    mutationCache: new MutationCache({ onError: signedOut }),
    defaultOptions: {
      // A server on this machine is reachable without a network; one that is not says so at once.
      mutations: { networkMode: 'always' },
      queries: {
        networkMode: 'always',
        refetchOnReconnect: true,
        // What the server refused, it refuses again.
        retry: (count, error) => count < 2 && !(error instanceof ApiError && error.status >= 400 && error.status < 500),
        staleTime: 1_000,
      },
    },
  })
  return client
}
