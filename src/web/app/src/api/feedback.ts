import { useMutation, useQuery } from '@tanstack/react-query'
import { useCallback } from 'react'
import { get, post } from './http.ts'

export interface Answer {
  readonly rating: number
  readonly comment: string
  readonly mode: string
}

/** Whether the question after a session may be asked, as soon as it `isDue`. */
export function useMayAsk(isDue: boolean): boolean {
  const { data } = useQuery({
    queryKey: ['feedback'],
    queryFn: ({ signal }) => get<{ readonly ask: boolean }>('/feedback', signal),
    enabled: isDue,
    // The answer of that moment: what is shown is not taken away by a later one.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    retry: false,
  })
  return data?.ask === true
}

/** Notes that the question is shown: it is not asked again for a while, whether it is answered or not. */
export function useNoteShown(mode: string) {
  return useCallback(() => {
    // Who is not reached by this is asked once more another day.
    post('/feedback', { rating: null, mode }).catch(() => {})
  }, [mode])
}

export function useAnswer() {
  return useMutation({ mutationFn: (answer: Answer) => post<unknown>('/feedback', answer) })
}
