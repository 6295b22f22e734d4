import { useInfiniteQuery } from '@tanstack/react-query'
import { API, get } from './http.ts'

export const RANGES = ['week', 'month', 'quarter'] as const
export type Range = (typeof RANGES)[number]

/** Ratings of 1 to 5: how many, their mean, and how many of each. */
export interface Rated {
  readonly count: number
  readonly mean: number | null
  readonly ratings: readonly number[]
}

export interface Step extends Rated {
  readonly begins_at: string
}

export interface GivenAnswer {
  readonly id: string
  readonly at: string
  readonly rating: number
  readonly comment: string
  readonly mode: string
}

/** The answers of a range: all of them in numbers, and a page of them. */
export interface Feedback {
  readonly all: Rated
  /** How often the question was shown and not answered. */
  readonly unanswered: number
  readonly by_mode: readonly (Rated & { readonly mode: string })[]
  readonly steps: readonly Step[]
  readonly answers: readonly GivenAnswer[]
  readonly next_cursor: string | null
}

/** What people answered in a range, the newest first. */
export function useAllFeedback(range: Range) {
  return useInfiniteQuery({
    queryKey: ['all-feedback', range],
    queryFn: ({ signal, pageParam }) => {
      const query = new URLSearchParams({ range, ...(pageParam !== null && { cursor: pageParam }) })
      return get<Feedback>(`/admin/feedback?${query.toString()}`, signal)
    },
    initialPageParam: null as string | null,
    getNextPageParam: ({ next_cursor }) => next_cursor,
  })
}

/** Where a range is downloaded as CSV. */
export const csvOf = (range: Range) => `${API}/admin/feedback.csv?range=${range}`
