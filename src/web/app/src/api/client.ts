import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query'
import { ApiError } from './http.ts'

const ME = ['me'] as const

/** Makes the query cache. Losing the login anywhere shows the sign-in page everywhere. */
export function createQueryClient(): QueryClient {
  const signedOut = (error: Error) => {
    // A wrong password is a 401 as well, but not the end of a login.
    if (error instanceof ApiError && error.status === 401 && error.code !== 'wrong_credentials') {
      client.setQueryData(ME, null)
    }
  }
  const client = new QueryClient({
    queryCache: new QueryCache({ onError: signedOut }),
    mutationCache: new MutationCache({ onError: signedOut }),
    defaultOptions: {
      queries: {
        // What the server refused, it refuses again.
        retry: (count, error) => count < 2 && !(error instanceof ApiError && error.status >= 400 && error.status < 500),
        staleTime: 1_000,
      },
    },
  })
  return client
}
